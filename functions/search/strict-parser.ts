import { invalid } from '../shared/errors.ts';
import type { Comparison, Literal, Operator } from './comparison.ts';
import type { Test } from './parser.ts';
import { TokenReader } from './strict-reader.ts';

const SYMBOLS: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];

/** A filter of Slipway's own: exactly one AND between two conditions. */
export function parseStrictFilter(filter: string): Comparison[] {
  const reader = new TokenReader(filter);
  const comparisons: Comparison[] = [];
  if (reader.done()) return comparisons;
  do comparisons.push({ ...reader.identifier(), ...parseTest(reader) });
  while (reader.keyword('AND'));
  if (!reader.done()) throw reader.unexpected();
  return comparisons;
}

/** What is asked of a field. */
function parseTest(reader: TokenReader): Test {
  const written = reader.peek()?.text ?? '';
  const operator = parseOperator(reader);
  const spelling = written === written.toUpperCase() ? {} : { spelling: operator.toLowerCase() };
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') return { operator, value: null };
  const list = operator === 'IN' || operator === 'NOT IN';
  return { operator, value: list ? parseList(reader) : parseLiteral(reader), ...spelling };
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

function parseList(reader: TokenReader): Literal[] {
  const values: Literal[] = [];
  if (!reader.punctuation('(')) throw reader.unexpected();
  do {
    // As Python writes a tuple of one: `('a',)`.
    if (values.length > 0 && reader.punctuation(')')) return values;
    values.push(parseLiteral(reader));
  } while (reader.punctuation(','));
  if (!reader.punctuation(')')) throw reader.unexpected();
  return values;
}

function parseLiteral(reader: TokenReader): Literal {
  const text = reader.take('string', 'quoted');
  if (text) return text.kind === 'string' ? text.text.replaceAll("''", "'") : text.text;
  const number = reader.take('number');
  if (number) return Number(number.text);
  throw reader.unexpected();
}
