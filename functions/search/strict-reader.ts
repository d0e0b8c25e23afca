import { invalid } from '../shared/errors.ts';
import type { Identifier } from './comparison.ts';
import type { Refusal } from './sql-lexer.ts';
import { type Token, tokenize } from './strict-lexer.ts';

const refuseFilter: Refusal = (rest) => invalid(`Invalid clause(s) in filter string: '${rest}'`);

/** The tokens of a filter of Slipway's own, taken one by one. */
export class TokenReader {
  private readonly text: string;
  private readonly refuse: Refusal;
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(text: string, refuse: Refusal = refuseFilter) {
    this.text = text;
    this.refuse = refuse;
    this.tokens = tokenize(text, refuse);
  }

  done(): boolean {
    return this.at >= this.tokens.length;
  }

  peek(): Token | undefined {
    return this.tokens[this.at];
  }

  /** The next token if it is of one of the kinds. */
  take(...kinds: readonly Token['kind'][]): Token | undefined {
    const token = this.peek();
    if (!token || !kinds.includes(token.kind)) return undefined;
    this.at += 1;
    return token;
  }

  /** Takes the keyword, in any case, if it comes next. */
  keyword(word: string): boolean {
    const token = this.peek();
    return token?.text.toUpperCase() === word && this.take('word') !== undefined;
  }

  punctuation(text: string): boolean {
    return this.peek()?.text === text && this.take('punctuation') !== undefined;
  }

  /** A field's name: the first dot parts entity and key, more dots belong to the key, which may end in them. */
  identifier(): Identifier {
    const first = this.peek();
    if (first?.kind === 'number' || first?.kind === 'string') {
      throw invalid(`Invalid comparison clause. Expected 'Identifier' found '${first.text}'`);
    }
    const parts = [this.name()];
    while (this.attached('.')) parts.push(this.namePart() ?? '');
    const [entity = '', ...key] = parts;
    return key.length > 0 ? { entity, key: key.join('.') } : { key: entity };
  }

  /** The error that the text cannot be understood from the present token on. */
  unexpected(): Error {
    return this.refuse(this.text.slice(this.peek()?.start ?? 0));
  }

  /** Takes the punctuation if nothing stands between it and what was before. */
  private attached(text: string): boolean {
    const start = this.peek()?.start ?? 0;
    return !/\s/.test(this.text[start - 1] ?? '') && this.punctuation(text);
  }

  private name(): string {
    const part = this.namePart();
    if (part === undefined) throw this.unexpected();
    return part;
  }

  private namePart(): string | undefined {
    return this.take('word', 'quoted', 'backtick', 'number')?.text;
  }
}
