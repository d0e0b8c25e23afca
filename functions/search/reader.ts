import { invalid } from '../shared/errors.ts';
import { type Refusal, type Token, tokenize } from './lexer.ts';

/** The name of a field: `accuracy`, `metrics.accuracy`, `` tags.`a b` ``. */
export interface Identifier {
  readonly entity?: string;
  readonly key: string;
}

const refuseFilter: Refusal = (rest) => invalid(`Invalid clause(s) in filter string: '${rest}'`);

/** A text's tokens, taken one by one. */
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

  /** A field's name: the first dot parts entity and key, more dots belong to the key. */
  identifier(): Identifier {
    const first = this.peek();
    if (first?.kind === 'number' || first?.kind === 'string') {
      throw invalid(`Invalid comparison clause. Expected 'Identifier' found '${first.text}'`);
    }
    const parts = [this.name()];
    while (this.punctuation('.')) parts.push(this.name());
    const [entity = '', ...key] = parts;
    return key.length > 0 ? { entity, key: key.join('.') } : { key: entity };
  }

  /** The error that the text cannot be understood from the present token on. */
  unexpected(): Error {
    const token = this.peek();
    return this.refuse(token ? this.text.slice(token.start) : this.text);
  }

  private name(): string {
    const token = this.take('word', 'quoted', 'backtick', 'number');
    if (!token) throw this.unexpected();
    return token.text;
  }
}
