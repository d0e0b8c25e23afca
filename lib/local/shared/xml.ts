import { parseXml, XmlElement } from '@rgrove/parse-xml';

/** An element's content: text, child elements by name, or a list that becomes repeated elements. */
export type Content =
  | string
  | number
  | boolean
  | undefined
  | readonly Content[]
  | { readonly [child: string]: Content };

/** `<name>…</name>`; what is undefined is left out. */
export function element(name: string, content: Content): string {
  if (content === undefined) return '';
  if (Array.isArray(content)) return content.map((one) => element(name, one)).join('');
  if (typeof content !== 'object') return `<${name}>${escapeXml(String(content))}</${name}>`;
  const children = Object.entries(content).map(([child, value]) => element(child, value));
  return `<${name}>${children.join('')}</${name}>`;
}

/** The root of a document. Throws for a text that is not well-formed. */
export function rootOf(xml: string): XmlElement {
  const { root } = parseXml(xml);
  if (!root) throw new Error('A document without a root');
  return root;
}

/** The elements of that name right below one. */
export const elements = (parent: XmlElement, name: string): XmlElement[] =>
  parent.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && child.name === name,
  );

/** Text of the first element of that name right below one. */
export const textOf = (parent: XmlElement, name: string): string | undefined =>
  elements(parent, name)[0]?.text;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Control characters (a carriage return would be read as a line feed) become references. */
const escapeXml = (text: string) =>
  text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    /[&<>"\u0000-\u001f]/g,
    (character) => ENTITIES[character] ?? `&#${character.charCodeAt(0)};`,
  );
