import { invalid } from '../shared/errors.ts';
import type { Comparison, Literal, Operator } from './comparison.ts';
import type { Refusal, Token } from './lexer.ts';
import { parseConditions, type Test } from './parser.ts';
import { type Identifier, TokenReader } from './reader.ts';

const SYMBOLS: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];

/** Makes the value of a comparison out of the next tokens. */
type LiteralParser = (reader: TokenReader) => Literal;

/** A filter of Slipway's own: exactly one AND between two conditions. */
export function parseStrictFilter(filter: string): Comparison[] {
  const reader = new TokenReader(filter);
  const comparisons: Comparison[] = [];
  if (reader.done()) return comparisons;
  do comparisons.push({ ...reader.identifier(), ...parseTest(reader, parseLiteral) });
  while (reader.keyword('AND'));
  if (!reader.done()) throw reader.unexpected();
  return comparisons;
}

/**
 * As `parseFilter` for searches whose values need no quotes: every value is the text as written, and
 * its field decides whether it is read as a number. As in MLflow, double quotes belong to the text
 * but for those in a list.
 */
export function parseLooseFilter(filter: string | undefined, refuse: Refusal): Comparison[] {
  const reader = new TokenReader(filter ?? '', refuse);
  return parseConditions(reader, () => parseTest(reader, parseWritten, parseListed), fieldOf);
}

function fieldOf(written: string): Identifier {
  const dot = written.indexOf('.');
  const key = written.slice(dot + 1);
  return dot < 0 ? { key } : { entity: written.slice(0, dot), key };
}

/** What is asked of a field. */
function parseTest(reader: TokenReader, literal: LiteralParser, listed = literal): Test {
  const written = reader.peek()?.text ?? '';
  const operator = parseOperator(reader);
  const spelling = written === written.toUpperCase() ? {} : { spelling: operator.toLowerCase() };
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') return { operator, value: null };
  const list = operator === 'IN' || operator === 'NOT IN';
  return { operator, value: list ? parseList(reader, listed) : literal(reader), ...spelling };
}

function parseOperator(reader: TokenReader): Operator {
  const token = reader.take('operator');
  const symbol = SYMBOLS.find((one) => one === token?.text);
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

function parseList(reader: TokenReader, literal: LiteralParser): Literal[] {
  const values: Literal[] = [];
  if (!reader.punctuation('(')) throw reader.unexpected();
  do {
    // As Python writes a tuple of one: `('a',)`.
    if (values.length > 0 && reader.punctuation(')')) return values;
    values.push(literal(reader));
  } while (reader.punctuation(','));
  if (!reader.punctuation(')')) throw reader.unexpected();
  return values;
}

function parseWritten(reader: TokenReader): string {
  const { kind, text } = parseWord(reader);
  if (kind === 'quoted') return `"${text}"`;
  // MLflow takes all single quotes off both ends.
  return kind === 'string' ? text.replaceAll(/^'+|'+$/g, '') : text;
}

/** A text of a list, which MLflow reads as Python does: two texts side by side are one. */
const parseListed = (reader: TokenReader): string => {
  const { kind, text } = parseWord(reader);
  return kind === 'string' ? text.replaceAll("''", '') : text;
};

function parseWord(reader: TokenReader): Token {
  const token = reader.take('string', 'quoted', 'number', 'word', 'backtick');
  if (!token) throw reader.unexpected();
  return token;
}

function parseLiteral(reader: TokenReader): Literal {
  const text = reader.take('string', 'quoted');
  if (text) return text.kind === 'string' ? text.text.replaceAll("''", "'") : text.text;
  const number = reader.take('number');
  if (number) return Number(number.text);
  throw reader.unexpected();
}
