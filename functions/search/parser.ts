import { invalid } from '../shared/errors.ts';
import type { Comparison, Literal, Operator } from './comparison.ts';
import { type Token, tokenize } from './lexer.ts';

const SYMBOLS: Readonly<Record<string, Operator>> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** Conditions of a filter, joined by AND; an empty filter has none. */
export function parseFilter(filter: string | undefined): Comparison[] {
  const reader = new Reader(filter ?? '');
  const comparisons: Comparison[] = [];
  if (reader.done()) return comparisons;
  do comparisons.push(reader.comparison());
  while (reader.keyword('AND'));
  if (!reader.done()) throw reader.unexpected();
  return comparisons;
}

class Reader {
  private readonly filter: string;
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(filter: string) {
    this.filter = filter;
    this.tokens = tokenize(filter);
  }

  done(): boolean {
    return this.at >= this.tokens.length;
  }

  unexpected() {
    const token = this.tokens[this.at];
    const rest = token ? this.filter.slice(token.start) : this.filter;
    return invalid(`Invalid clause(s) in filter string: '${rest}'`);
  }

  comparison(): Comparison {
    const identifier = this.identifier();
    const operator = this.operator();
    if (operator === 'IS NULL' || operator === 'IS NOT NULL') {
      return { ...identifier, operator, value: null };
    }
    const value = operator === 'IN' || operator === 'NOT IN' ? this.list() : this.literal();
    return { ...identifier, operator, value };
  }

  /** Takes the keyword, in any case, if it comes next. */
  keyword(word: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== 'word' || token.text.toUpperCase() !== word) return false;
    this.at += 1;
    return true;
  }

  /** `key`, `entity.key`, also with further dots or a quoted key. */
  private identifier(): { entity?: string; key: string } {
    const parts = [this.name()];
    while (this.punctuation('.')) parts.push(this.name());
    const [first = '', ...rest] = parts;
    return rest.length > 0 ? { entity: first, key: rest.join('.') } : { key: first };
  }

  private name(): string {
    const token = this.tokens[this.at];
    if (token && ['word', 'quoted', 'backtick', 'number'].includes(token.kind)) {
      this.at += 1;
      return token.text;
    }
    throw this.unexpected();
  }

  private operator(): Operator {
    const token = this.tokens[this.at];
    const symbol = token?.kind === 'operator' ? SYMBOLS[token.text] : undefined;
    if (symbol) {
      this.at += 1;
      return symbol;
    }
    if (this.keyword('IS')) {
      const negated = this.keyword('NOT');
      if (!this.keyword('NULL')) throw this.unexpected();
      return negated ? 'IS NOT NULL' : 'IS NULL';
    }
    const negated = this.keyword('NOT');
    for (const word of ['LIKE', 'ILIKE', 'IN'] as const) {
      if (this.keyword(word)) return negated ? `NOT ${word}` : word;
    }
    throw this.unexpected();
  }

  private list(): Literal[] {
    const values: Literal[] = [];
    if (!this.punctuation('(')) throw this.unexpected();
    do values.push(this.literal());
    while (this.punctuation(','));
    if (!this.punctuation(')')) throw this.unexpected();
    return values;
  }

  private literal(): Literal {
    const token = this.tokens[this.at];
    if (token?.kind === 'string' || token?.kind === 'quoted') {
      this.at += 1;
      return token.text;
    }
    if (token?.kind === 'number') {
      this.at += 1;
      return Number(token.text);
    }
    throw this.unexpected();
  }

  private punctuation(text: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== 'punctuation' || token.text !== text) return false;
    this.at += 1;
    return true;
  }
}
