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

/** Inner XML of each element of that name, wherever it stands; names do not nest in S3's requests. */
export function elements(xml: string, name: string): string[] {
  const found = xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'));
  return Array.from(found, (match) => match[1] ?? '');
}

/** Text of the first element of that name. */
export function textOf(xml: string, name: string): string | undefined {
  const [inner] = elements(xml, name);
  return inner === undefined ? undefined : unescapeXml(inner);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** Control characters (a carriage return would be read as a line feed) become references. */
const escapeXml = (text: string) =>
  text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    /[&<>"\u0000-\u001f]/g,
    (character) => ENTITIES[character] ?? `&#${character.charCodeAt(0)};`,
  );

const unescapeXml = (text: string) =>
  text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return NAMED[name] ?? all;
  });
