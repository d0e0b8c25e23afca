import { invalid } from '../shared/errors.ts';
import { BLANKS } from '../shared/python-text.ts';
import type { Identifier } from './comparison.ts';
import { type Refusal, type SqlToken, tokenizeSql } from './sql-lexer.ts';

const refuseFilter: Refusal = (rest) => invalid(`Invalid clause(s) in filter string: '${rest}'`);

/** What a field may begin with, and what may follow a dot in it. */
const FIRST: readonly SqlToken['kind'][] = ['name', 'word', 'backtick', 'quoted', 'bracket'];
const PARTS: readonly SqlToken['kind'][] = [...FIRST, 'string'];
const JOINTS = ['.', '->', '->>'];

/** A text's tokens, taken one by one, with MLflow's rules for what is a field. */
export class SqlReader {
  readonly text: string;
  private readonly refuse: Refusal;
  private readonly tokens: readonly SqlToken[];
  private at = 0;

  constructor(text: string, refuse: Refusal = refuseFilter) {
    this.text = text;
    this.refuse = refuse;
    this.tokens = tokenizeSql(text, refuse);
  }

  done(): boolean {
    return this.at >= this.tokens.length;
  }

  peek(): SqlToken | undefined {
    return this.tokens[this.at];
  }

  take(...kinds: readonly SqlToken['kind'][]): SqlToken | undefined {
    const token = this.peek();
    if (!token || !kinds.includes(token.kind)) return undefined;
    this.at += 1;
    return token;
  }

  /** Takes the word of SQL, in any case, if it comes next. */
  keyword(word: string): SqlToken | undefined {
    return this.peek()?.text.toUpperCase() === word ? this.take('word', 'reserved') : undefined;
  }

  punctuation(text: string): boolean {
    return this.peek()?.text === text && this.take('punctuation') !== undefined;
  }

  /** A field's name as it is written, blanks inside and all: `metrics.a`, `` tags . `a b` ``, `params.a[0]`. */
  written(): string {
    const start = this.position();
    const first = this.peek();
    if (first?.kind === 'number' || first?.kind === 'string') {
      throw invalid(`Invalid comparison clause. Expected 'Identifier' found '${first.text}'`);
    }
    if (!this.take(...FIRST)) throw this.unexpected();
    this.parts();
    while (this.enclosed('[', ']'));
    // A type of SQL's behind it is part of the name.
    while (this.punctuation('::')) {
      if (!this.take(...PARTS, 'number')) throw this.unexpected();
      this.enclosed('(', ')');
      this.parts();
    }
    return this.text.slice(start, this.behind());
  }

  /** The same of a filter, parted at the first dot; a direction behind it is part of it. */
  identifier(): Identifier {
    const start = this.position();
    this.written();
    if (this.keyword('ASC') ?? this.keyword('DESC')) this.nulls();
    return identifierOf(this.text.slice(start, this.behind()));
  }

  /** Where the next token begins. */
  position(): number {
    return this.peek()?.start ?? this.text.length;
  }

  /** Where the last token that was taken ends. */
  behind(): number {
    return this.tokens[this.at - 1]?.end ?? 0;
  }

  /** What is in parentheses, with these. */
  parentheses(): string | undefined {
    const start = this.position();
    return this.enclosed('(', ')') ? this.text.slice(start, this.behind()) : undefined;
  }

  /** A value without quotes, up to the next blank, quote, comma or parenthesis. */
  bare(): string {
    const start = this.position();
    for (let end = start; this.peek()?.start === end; end = this.behind()) {
      const { kind, text } = this.peek() ?? {};
      if (!kind || ['string', 'quoted', 'backtick'].includes(kind) || /^[(),]$/.test(text ?? ''))
        break;
      this.at += 1;
    }
    return this.text.slice(start, Math.max(start, this.behind()));
  }

  between(start: number, end: number): string {
    return this.text.slice(start, end).trim();
  }

  /** The error that the text cannot be understood from the present token on. */
  unexpected(): Error {
    return this.refusal(this.peek()?.start ?? 0);
  }

  refusal(start: number): Error {
    return this.refuse(this.text.slice(start));
  }

  /** What follows a name behind dots, or behind arrows, as SQL writes what is inside JSON. */
  private parts(): void {
    while (JOINTS.some((joint) => this.punctuation(joint))) {
      const part = this.take(...PARTS);
      if (part?.kind === 'name' || part?.kind === 'word') this.enclosed('(', ')');
      if (!part) this.punctuation('*');
    }
  }

  private nulls(): void {
    const next = this.tokens[this.at + 1]?.text;
    if (!/^nulls$/i.test(this.peek()?.text ?? '') || !/^(?:first|last)$/i.test(next ?? '')) return;
    this.at += 2;
  }

  /** Takes everything from an opening sign to the one that closes it, if it opens next. */
  private enclosed(open: string, close: string): boolean {
    const start = this.peek()?.start ?? 0;
    if (!this.punctuation(open)) return false;
    for (let depth = 1; depth > 0; ) {
      const token = this.peek();
      if (!token) throw this.refusal(start);
      this.at += 1;
      if (token.kind !== 'punctuation') continue;
      if (token.text === open) depth += 1;
      if (token.text === close) depth -= 1;
    }
    return true;
  }
}

/** A field by its name as written. */
export function identifierOf(written: string): Identifier {
  const dot = written.indexOf('.');
  const raw = written.slice(dot + 1);
  const key = unquoted(raw);
  const quoted = key === raw ? {} : { raw };
  return dot < 0 ? { key, ...quoted } : { entity: written.slice(0, dot), key, ...quoted };
}

/** A key without the quotes around it, and without backticks around what is left. */
export const unquoted = (key: string): string => {
  const [first] = key;
  const inner =
    key.length > 1 && /^["']/.test(key) && key.endsWith(first ?? '') ? key.slice(1, -1) : key;
  return withoutBackticks(inner);
};

export const withoutBackticks = (name: string): string =>
  name.length > 1 && name.startsWith('`') && name.endsWith('`') ? name.slice(1, -1) : name;

const BLANK = new RegExp(`^[${BLANKS}]*$`);

export const isBlank = (text: string): boolean => BLANK.test(text);
