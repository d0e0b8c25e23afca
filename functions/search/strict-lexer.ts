import { invalid } from '../shared/errors.ts';
import { MAX_LENGTH, type Refusal } from './sql-lexer.ts';

/** A text in quotes is what is between them: two quotes in it stay two. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'backtick' | 'string' | 'number' | 'operator' | 'punctuation';
  readonly text: string;
  readonly start: number;
}

/** A number may begin with its point where that parts no entity from its key. */
const TOKEN =
  /\s+|(?<operator><=|>=|!=|<>|==|=|<|>)|(?<number>[-+]?(?:\d+(?:\.\d*)?|(?<![\p{L}\p{N}_"`])\.\d+)(?:e[-+]?\d+)?)(?![\p{L}\p{N}_])|(?<punctuation>[(),.])|'(?<string>(?:[^']|'')*)'|"(?<quoted>[^"]*)"|`(?<backtick>[^`]*)`|(?<word>[\p{L}\p{N}_@$:/-]+)/iuy;

/** Splits a filter into tokens; throws what `refuse` makes where it cannot. */
export function tokenize(filter: string, refuse: Refusal): Token[] {
  if (filter.length > MAX_LENGTH) throw invalid(`A filter has at most ${MAX_LENGTH} characters`);
  const tokens: Token[] = [];
  for (let at = 0; at < filter.length; ) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(filter);
    if (!found) throw refuse(filter.slice(at, at + 50));
    for (const [kind, text] of Object.entries(found.groups ?? {})) {
      if (text === undefined) continue;
      tokens.push({ kind: kind as Token['kind'], text, start: at });
    }
    at = TOKEN.lastIndex;
  }
  return tokens;
}
