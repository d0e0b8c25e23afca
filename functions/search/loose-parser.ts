import { strip } from '../shared/python-text.ts';
import type { Comparison, Identifier, Literal } from './comparison.ts';
import { parseConditions, parseTest } from './parser.ts';
import { NoList, pythonList } from './python-list.ts';
import type { Refusal } from './sql-lexer.ts';
import { SqlReader } from './sql-reader.ts';

/**
 * As `parseFilter` for searches whose values need no quotes: every value is the text as written, and its field decides
 * whether it is read as a number. As in MLflow, double quotes belong to the text but for those in a list, and to a key.
 */
export function parseLooseFilter(filter: string | undefined, refuse: Refusal): Comparison[] {
  const reader = new LooseReader(filter ?? '', refuse);
  const test = () => parseTest(reader, parseWritten, parseList);
  return parseConditions(reader, test, fieldOf);
}

class LooseReader extends SqlReader {
  override identifier(): Identifier {
    const start = this.position();
    super.identifier();
    return fieldOf(this.text.slice(start, this.behind()));
  }
}

/** An entity is of small letters, and a key loses all backticks around it. */
function fieldOf(written: string): Identifier {
  const [, entity, key = written] = /^([a-z]+)\.([^\n]+)\n?$/.exec(written) ?? [];
  const plain = key.replace(/^`+/, '').replace(/`+$/, '');
  return entity === undefined ? { key: plain } : { entity, key: plain };
}

function parseWritten(reader: SqlReader): string {
  const token = reader.take('string', 'quoted');
  // MLflow takes all single quotes off both ends.
  if (token?.kind === 'string') return token.text.replace(/^'+/, '').replace(/'+$/, '');
  if (token) return `"${token.text}"`;
  const name = reader.take('backtick');
  if (name) return `\`${name.text}\``;
  const bare = reader.peek()?.kind === 'other' ? '' : reader.bare();
  if (bare === '' || TWO_POINTS.test(bare)) throw reader.unexpected();
  return bare;
}

/** Two numbers to SQL. */
const TWO_POINTS = /^-?\d*\.\d*\.[\d.]*$/;

/** As Python reads it, or of words without quotes. */
function parseList(reader: SqlReader): Literal[] {
  const list = reader.parentheses();
  if (list === undefined) throw reader.unexpected();
  try {
    const values = pythonList(list);
    if (values.length > 0 && values.every((one) => typeof one !== 'object'))
      return values.map(String);
  } catch (error) {
    if (!(error instanceof NoList)) throw error;
    const words = list.slice(1, -1).split(',').map(plainWord);
    if (words.at(-1) === '' && words.length > 1) words.pop();
    if (words.every((word) => /^[^\s'"(),]+$/.test(word))) return words;
  }
  throw reader.unexpected();
}

const plainWord = (word: string): string => strip(word).replace(/^(['"])(.*)\1$/s, '$2');
