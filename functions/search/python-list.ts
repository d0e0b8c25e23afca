/** Thrown for a text that is not a list of values; the message says why. */
export class NoList extends Error {
  override readonly name = 'NoList';
}

type Value = string | number | readonly Value[];

/**
 * The values of a list in parentheses, which MLflow reads as Python does: texts that stand side by side are one,
 * backslashes escape, and parentheses around a list mean nothing. Throws `NoList`.
 */
export function pythonList(text: string): readonly Value[] {
  const reader = new ListReader(text);
  const value = reader.value();
  reader.end();
  return Array.isArray(value) ? value : [value];
}

const BLANK = /(?:[ \t\f\r\n]|\\\r?\n)*/y;
const NUMBER = /[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?/iy;
const TEXT =
  /[ur]?(?:'''(?:\\[\s\S]|[^\\])*?'''|"""(?:\\[\s\S]|[^\\])*?"""|'(?:\\(?:\r\n|[\s\S])|[^\\'\r\n])*'|"(?:\\(?:\r\n|[\s\S])|[^\\"\r\n])*")/iy;

/** How deep parentheses may be nested; Python has a limit, too. */
const MAX_DEPTH = 50;

class ListReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth = 0): Value {
    if (depth > MAX_DEPTH) throw new NoList('ill-formed list.');
    this.take(BLANK);
    if (this.text[this.at] === '(') return this.tuple(depth);
    const number = this.take(NUMBER);
    if (number !== '') return Number(number.replaceAll('_', ''));
    let value: string | undefined;
    for (let one = this.take(TEXT); one !== ''; one = this.take(TEXT)) {
      value = (value ?? '') + plain(one);
      this.take(BLANK);
    }
    if (value === undefined) throw new NoList('ill-formed list.');
    return value;
  }

  end(): void {
    this.take(BLANK);
    if (this.at < this.text.length) throw new NoList('ill-formed list.');
  }

  /** What is in parentheses: a list if it has a comma, or nothing. */
  private tuple(depth: number): Value {
    this.at += 1;
    const values: Value[] = [];
    let comma = false;
    for (;;) {
      this.take(BLANK);
      if (this.text[this.at] === ')') break;
      if (values.length > 0 && !comma) throw new NoList('ill-formed list.');
      values.push(this.value(depth + 1));
      this.take(BLANK);
      comma = this.text[this.at] === ',';
      if (comma) this.at += 1;
    }
    this.at += 1;
    const [only] = values;
    return values.length === 1 && only !== undefined && !comma ? only : values;
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }
}

/** The text that is written with quotes, and with escapes if no `r` stands before it. */
function plain(written: string): string {
  const prefix = /^[ur]/i.exec(written)?.[0] ?? '';
  const quoted = written.slice(prefix.length);
  const quotes = /^(?:'''|""")/.test(quoted) && quoted.length >= 6 ? 3 : 1;
  const inner = quoted.slice(quotes, -quotes).replaceAll(/\r\n?/g, '\n');
  return prefix.toLowerCase() === 'r' ? inner : inner.replaceAll(ESCAPE, unescaped);
}

const ESCAPE =
  /\\(?:(?<octal>[0-7]{1,3})|x(?<two>[\da-fA-F]{2})|u(?<four>[\da-fA-F]{4})|U(?<eight>[\da-fA-F]{8})|(?<broken>[xuUN])|(?<other>[\s\S]))/gu;

const ESCAPED: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescaped(written: string, ...more: unknown[]): string {
  const { octal, two, four, eight, broken, other } = more.at(-1) as Record<string, string>;
  if (broken !== undefined) throw new NoList('ill-formed list.');
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
  const hex = two ?? four ?? eight;
  if (hex === undefined) return ESCAPED[other ?? ''] ?? written;
  const code = Number.parseInt(hex, 16);
  if (code > 0x10ffff) throw new NoList('ill-formed list.');
  return String.fromCodePoint(code);
}
