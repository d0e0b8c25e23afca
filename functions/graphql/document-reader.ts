import { invalid } from '../shared/errors.ts';

interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'mark';
  readonly text: string;
}

/** Documents of the web interface have about 2,000 characters. */
const MAX_LENGTH = 100_000;

/** Braces and brackets within each other; selections are limited further when they are run. */
const MAX_NESTING = 100;

const TOKEN =
  /[\s,\uFEFF]+|#[^\n\r]*|(?<mark>\.\.\.|[!$&()[\]{}:=@|])|(?<name>[_A-Za-z]\w*)|(?<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|"""(?<block>(?:\\"""|(?!""")[\s\S])*)"""|(?<text>"(?:[^"\\\n\r]|\\.)*")/uy;

/** Tokens of a GraphQL document, taken one by one. */
export class DocumentReader {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.tokens = tokenize(text);
  }

  done(): boolean {
    return this.at >= this.tokens.length;
  }

  peek(): string | undefined {
    const token = this.tokens[this.at];
    return token?.kind === 'mark' ? token.text : undefined;
  }

  take(mark: string): boolean {
    if (this.peek() !== mark) return false;
    this.at += 1;
    return true;
  }

  expect(mark: string): void {
    if (!this.take(mark)) throw this.unexpected();
  }

  /** Enters a brace or bracket. */
  nest(mark: string): void {
    this.expect(mark);
    this.depth += 1;
    if (this.depth > MAX_NESTING) throw invalid(`A query nests at most ${MAX_NESTING} deep`);
  }

  /** Leaves it, if it ends here. */
  leave(mark: string): boolean {
    if (!this.take(mark)) return false;
    this.depth -= 1;
    return true;
  }

  name(): string {
    const name = this.takeAnyName();
    if (name === undefined) throw this.unexpected();
    return name;
  }

  takeAnyName(): string | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== 'name') return undefined;
    this.at += 1;
    return token.text;
  }

  takeName(name: string): boolean {
    const token = this.tokens[this.at];
    return token?.text === name && this.takeAnyName() !== undefined;
  }

  expectName(name: string): void {
    if (!this.takeName(name)) throw this.unexpected();
  }

  /** A number, text, truth value, null, or the name of an enum's value. */
  constant(): string | number | boolean | null {
    const token = this.tokens[this.at];
    if (!token || token.kind === 'mark') throw this.unexpected();
    this.at += 1;
    if (token.kind === 'number') return Number(token.text);
    if (token.kind === 'text') return token.text;
    if (token.text === 'null') return null;
    return token.text === 'true' || (token.text === 'false' ? false : token.text);
  }

  private unexpected(): Error {
    const token = this.tokens[this.at];
    return invalid(`Syntax Error: Unexpected ${token ? `'${token.text}'` : '<EOF>'}.`);
  }
}

function tokenize(text: string): Token[] {
  if (text.length > MAX_LENGTH) throw invalid(`A query has at most ${MAX_LENGTH} characters`);
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (TOKEN.lastIndex === 0) {
      throw invalid(
        `Syntax Error: Cannot parse the unexpected character ${JSON.stringify(text[at])}.`,
      );
    }
    if (!groups) continue;
    const { mark, name, number, block, text: quoted } = groups;
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (block !== undefined)
      tokens.push({ kind: 'text', text: block.replaceAll('\\"""', '"""') });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: unquote(quoted) });
  }
  return tokens;
}

/** GraphQL's texts are JSON's, but for `\u{…}`. */
function unquote(text: string): string {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`Syntax Error: Invalid string ${text}.`);
  }
}
