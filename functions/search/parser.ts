import { invalid } from '../shared/errors.ts';
import type { Comparison, Literal, Operator } from './comparison.ts';
import type { Refusal } from './lexer.ts';
import { type Identifier, TokenReader } from './reader.ts';

const SYMBOLS: Readonly<Record<string, Operator>> = {
  '=': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** Makes the value of a comparison out of the next tokens. */
type LiteralParser = (reader: TokenReader) => Literal;

/**
 * Conditions of a filter, joined by AND; an empty filter has none, a blank one is refused. As in MLflow, ANDs
 * beyond those between two conditions mean nothing, and one may be missing, but see `takesAlias`. Throws
 * INVALID_PARAMETER_VALUE.
 */
export function parseFilter(filter = ''): Comparison[] {
  if (filter !== '' && filter.trim() === '') {
    throw invalid(`Invalid filter '${filter}'. Could not be parsed.`);
  }
  return parseConditions(new TokenReader(filter), parseLiteral);
}

/** As `parseFilter` for filters that are Slipway's own: exactly one AND between two conditions. */
export function parseStrictFilter(filter: string): Comparison[] {
  const reader = new TokenReader(filter);
  const comparisons: Comparison[] = [];
  if (reader.done()) return comparisons;
  do comparisons.push(parseComparison(reader, parseLiteral));
  while (reader.keyword('AND'));
  if (!reader.done()) throw reader.unexpected();
  return comparisons;
}

/**
 * As `parseFilter` for searches whose values need no quotes: every value is the text as written, and
 * its field decides whether it is read as a number. As in MLflow, double quotes belong to the text
 * but for those in a list.
 */
export const parseLooseFilter = (filter: string | undefined, refuse: Refusal): Comparison[] =>
  parseConditions(new TokenReader(filter ?? '', refuse), parseWritten, parseText);

function parseConditions(
  reader: TokenReader,
  literal: LiteralParser,
  listed = literal,
): Comparison[] {
  const comparisons: Comparison[] = [];
  // Where the condition before begins, if no AND stands behind it.
  let before: number | undefined;
  for (;;) {
    while (reader.keyword('AND')) before = undefined;
    if (reader.done()) return comparisons;
    const start = reader.position();
    const identifier = reader.identifier();
    const end = reader.position();
    const comparison = { ...identifier, ...parseTest(reader, literal, listed) };
    if (before !== undefined && takesAlias(comparisons.at(-1), comparison)) {
      if (Array.isArray(comparisons.pop()?.value)) throw reader.refusal(before);
      comparisons.push({ ...comparison, ...fieldOf(reader.written(before, end)) });
    } else comparisons.push(comparison);
    before = start;
  }
}

const NULLS: readonly Operator[] = ['IS NULL', 'IS NOT NULL'];
const WORDS: readonly Operator[] = [...NULLS, 'IN', 'NOT IN'];

/**
 * To MLflow's reader of SQL a field without an operator of one token is, where an AND is missing, an alias of the
 * comparison or list before it: the text of both is a field then, and that of a list cannot be read.
 */
const takesAlias = (last: Comparison | undefined, next: Comparison): boolean =>
  last !== undefined && !NULLS.includes(last.operator) && WORDS.includes(next.operator);

function fieldOf(written: string): Identifier {
  const dot = written.indexOf('.');
  const key = written.slice(dot + 1);
  return dot < 0 ? { key } : { entity: written.slice(0, dot), key };
}

const parseComparison = (reader: TokenReader, literal: LiteralParser): Comparison => ({
  ...reader.identifier(),
  ...parseTest(reader, literal),
});

/** What is asked of a field. */
function parseTest(
  reader: TokenReader,
  literal: LiteralParser,
  listed = literal,
): Omit<Comparison, keyof Identifier> {
  const written = reader.peek()?.text ?? '';
  const operator = parseOperator(reader);
  const spelling = written === written.toUpperCase() ? {} : { spelling: operator.toLowerCase() };
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') {
    return { operator, value: null };
  }
  const list = operator === 'IN' || operator === 'NOT IN';
  const value = list ? parseList(reader, listed) : literal(reader);
  return { operator, value, ...spelling };
}

function parseOperator(reader: TokenReader): Operator {
  const token = reader.take('operator');
  const symbol = token && SYMBOLS[token.text];
  if (symbol) return symbol;
  if (token) throw invalid(`Invalid comparator '${token.text}'`);
  if (reader.keyword('IS')) {
    const negated = reader.keyword('NOT');
    if (!reader.keyword('NULL')) throw reader.unexpected();
    return negated ? 'IS NOT NULL' : 'IS NULL';
  }
  const negated = reader.keyword('NOT');
  for (const word of ['LIKE', 'ILIKE', 'IN'] as const) {
    if (reader.keyword(word)) return negated ? `NOT ${word}` : word;
  }
  if (!negated && reader.keyword('RLIKE')) return 'RLIKE';
  throw reader.unexpected();
}

/** Searches whose values need no quotes say less. */
const noList = (what: string, reader: TokenReader, literal: LiteralParser) =>
  literal === parseLiteral
    ? invalid(
        `While parsing a list in the query, expected a non-empty list of string values, but got ${what}`,
      )
    : reader.unexpected();

function parseList(reader: TokenReader, literal: LiteralParser): Literal[] {
  const values: Literal[] = [];
  if (!reader.punctuation('(')) throw reader.unexpected();
  do {
    if (reader.punctuation(')')) {
      // As Python writes a tuple of one: `('a',)`.
      if (values.length > 0) return values;
      throw noList('empty list', reader, literal);
    }
    if (reader.punctuation(',')) throw noList('ill-formed list.', reader, literal);
    values.push(literal(reader));
  } while (reader.punctuation(','));
  if (!reader.punctuation(')')) throw reader.unexpected();
  return values;
}

function parseWritten(reader: TokenReader): string {
  const quoted = reader.take('quoted');
  return quoted ? `"${quoted.text}"` : parseText(reader);
}

function parseText(reader: TokenReader): string {
  const token = reader.take('string', 'quoted', 'number', 'word', 'backtick');
  if (!token) throw reader.unexpected();
  return token.text;
}

function parseLiteral(reader: TokenReader): Literal {
  const text = reader.take('string', 'quoted');
  if (text) return text.text;
  const number = reader.take('number');
  if (number) return Number(number.text);
  // Words of SQL are no values, nor texts whose quotes were forgotten.
  if (/^(true|false|null)$/i.test(reader.peek()?.text ?? '')) throw reader.unexpected();
  const bare = reader.take('word', 'backtick');
  if (!bare) throw reader.unexpected();
  throw invalid(
    'Parameter value is either not quoted or unidentified quote types used for string value ' +
      `${bare.text}. Use either single or double quotes.`,
  );
}
