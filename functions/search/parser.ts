import { invalid } from '../shared/errors.ts';
import { plainDigits } from '../shared/python-text.ts';
import type { Comparison, Identifier, Literal, Operator } from './comparison.ts';
import { NoList, pythonList } from './python-list.ts';
import { identifierOf, isBlank, SqlReader } from './sql-reader.ts';

const SYMBOLS: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];

/**
 * Conditions of a filter, joined by AND; an empty filter has none, a blank one is refused. As in MLflow, ANDs
 * beyond those between two conditions mean nothing, and one may be missing, but see `takesAlias`. Throws
 * INVALID_PARAMETER_VALUE.
 */
export function parseFilter(filter = ''): Comparison[] {
  if (filter !== '' && isBlank(filter)) {
    throw invalid(`Invalid filter '${filter}'. Could not be parsed.`);
  }
  const reader = new SqlReader(filter);
  const test = () => parseTest(reader, parseLiteral, parseList);
  return parseConditions(reader, test, identifierOf);
}

/** What both kinds of readers can do. */
interface Reader {
  done(): boolean;
  keyword(word: string): unknown;
  position(): number;
  identifier(): Identifier;
  between(start: number, end: number): string;
  refusal(start: number): Error;
}

export type Test = Omit<Comparison, keyof Identifier>;

/** Conditions one after the other, with or without AND between two. */
export function parseConditions(
  reader: Reader,
  test: () => Test,
  fieldOf: (written: string) => Identifier,
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
    const comparison = { ...identifier, ...test() };
    if (before !== undefined && takesAlias(comparisons.at(-1), comparison)) {
      if (Array.isArray(comparisons.pop()?.value)) throw reader.refusal(before);
      comparisons.push({ ...testOf(comparison), ...fieldOf(reader.between(before, end)) });
    } else comparisons.push(comparison);
    before = start;
  }
}

/** A comparison without its field. */
function testOf({ entity: _entity, key: _key, raw: _raw, ...test }: Comparison): Test {
  return test;
}

const NULLS: readonly Operator[] = ['IS NULL', 'IS NOT NULL'];
const WORDS: readonly Operator[] = [...NULLS, 'IN', 'NOT IN'];

/**
 * To MLflow's reader of SQL a field without an operator of one token is, where an AND is missing, an alias of the
 * comparison or list before it: the text of both is a field then, and that of a list cannot be read.
 */
const takesAlias = (last: Comparison | undefined, next: Comparison): boolean =>
  last !== undefined && !NULLS.includes(last.operator) && WORDS.includes(next.operator);

/** What is asked of a field; searches differ in how they read values and lists. */
export function parseTest(
  reader: SqlReader,
  parseValue: (reader: SqlReader) => Literal,
  parseValues: (reader: SqlReader) => Literal[],
): Test {
  const written = reader.peek()?.text ?? '';
  const operator = parseOperator(reader);
  const spelling = written === written.toUpperCase() ? {} : { spelling: operator.toLowerCase() };
  if (NULLS.includes(operator)) return { operator, value: null };
  if (operator === 'IN' || operator === 'NOT IN') {
    return { operator, value: parseValues(reader), ...spelling };
  }
  const number = reader.peek()?.kind === 'number' ? reader.peek()?.text : undefined;
  const value = parseValue(reader);
  return { operator, value, ...spelling, ...(number !== undefined && { number }) };
}

function parseOperator(reader: SqlReader): Operator {
  const token = reader.take('operator', 'like');
  if (token) return operatorOf(token.text);
  if (reader.keyword('IS')) {
    const negated = reader.keyword('NOT');
    // To MLflow's reader NOT NULL is one word, with one space in it.
    const isApart = negated && reader.text.slice(negated.end, reader.position()) !== ' ';
    if (isApart || !reader.keyword('NULL')) throw reader.unexpected();
    return negated ? 'IS NOT NULL' : 'IS NULL';
  }
  const negated = reader.keyword('NOT');
  if (reader.keyword('IN')) return negated ? 'NOT IN' : 'IN';
  throw reader.unexpected();
}

function operatorOf(text: string): Operator {
  const words = text.toUpperCase().split(/\s+/).join(' ');
  const operator = [...SYMBOLS, ...LIKES].find((one) => one === words);
  if (operator) return operator;
  throw invalid(`Invalid comparator '${text}'`);
}

const LIKES: readonly Operator[] = ['LIKE', 'ILIKE', 'RLIKE', 'NOT LIKE', 'NOT ILIKE'];

function parseList(reader: SqlReader): Literal[] {
  const list = reader.parentheses();
  if (list === undefined) throw reader.unexpected();
  try {
    const values = pythonList(list);
    if (values.length === 0) throw new NoList('empty list');
    return values.map((one) => {
      if (typeof one === 'string' || typeof one === 'number') return one;
      throw new NoList('different type in list');
    });
  } catch (error) {
    if (!(error instanceof NoList)) throw error;
    throw invalid(
      `While parsing a list in the query, expected a non-empty list of string values, but got ${error.message}`,
    );
  }
}

function parseLiteral(reader: SqlReader): Literal {
  const text = reader.take('string');
  if (text) return text.text;
  if (reader.peek()?.kind === 'quoted') return quotedValue(reader.written());
  const number = reader.take('number');
  if (number) return Number(plainDigits(number.text));
  // Words of SQL are no values, nor texts whose quotes were forgotten.
  if (/^(true|false|null)$/i.test(reader.peek()?.text ?? '')) throw reader.unexpected();
  const bare = reader.take('word', 'name', 'backtick');
  if (!bare || reader.peek()?.kind === 'other') throw reader.unexpected();
  throw notQuoted(bare.text);
}

/** To MLflow's reader a text in double quotes is a name, which may have parts: those at its ends count. */
function quotedValue(written: string): string {
  if (written.endsWith('"')) return written.slice(1, -1);
  throw notQuoted(written);
}

const notQuoted = (written: string) =>
  invalid(
    'Parameter value is either not quoted or unidentified quote types used for string value ' +
      `${written}. Use either single or double quotes.`,
  );
