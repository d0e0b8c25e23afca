import type { Literal } from '../../search/index.ts';
import type { Int64 } from '../int64.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { type Integers, integerAt, readIntegers, toIntegers, writeIntegers } from './integers.ts';

/** A column: the values of some or all rows. */
export interface Column {
  at(row: number): Literal | undefined;
  /** Clears `mask` where the test does not hold; rows without a value count as `missing` says. */
  keep(mask: Uint8Array, test: (value: Literal) => boolean, missing: boolean): void;
  /** Bytes of memory, about. */
  readonly size: number;
}

/** Stands for the row's id inside a text: locations hold it, and would be different in every row. */
const OWN_ID = '\u0001';

/** Rows that have a value, ascending; undefined when all have. */
type Rows = Uint32Array | undefined;

export function writeTexts(
  values: ReadonlyMap<number, string>,
  rows: number,
  idOf: (row: number) => string,
): Buffer {
  const writer = new ByteWriter();
  writeRows(writer, [...values.keys()], rows);
  const plain = [...values.values()].some((value) => value.includes(OWN_ID));
  const dictionary = new Map<string, number>();
  const codes: number[] = [];
  for (const [row, value] of values) {
    const text = plain ? value : value.replaceAll(idOf(row), OWN_ID);
    const code = dictionary.get(text) ?? dictionary.size;
    dictionary.set(text, code);
    codes.push(code);
  }
  writer.varint(plain ? 1 : 0);
  writer.varint(dictionary.size);
  for (const text of dictionary.keys()) writer.text(text);
  for (const code of codes) writer.varint(code);
  return writer.bytes();
}

export function readTexts(bytes: Buffer, rows: number, idOf: (row: number) => string): TextColumn {
  const reader = new ByteReader(bytes);
  const present = readRows(reader, rows);
  const plain = reader.varint() === 1;
  const dictionary = Array.from({ length: reader.varint() }, () => reader.text());
  const codes = new Uint32Array(present?.length ?? rows);
  for (let i = 0; i < codes.length; i++) codes[i] = reader.varint();
  return new TextColumn(present, codes, dictionary, plain ? undefined : idOf);
}

export class TextColumn implements Column {
  readonly size: number;
  private readonly rows: Rows;
  private readonly codes: Uint32Array;
  private readonly dictionary: readonly string[];
  /** Given when texts may stand for ones with the row's id inside. */
  private readonly idOf: ((row: number) => string) | undefined;
  /** The texts around the ids, once somebody has asked for one. */
  private parts: readonly (readonly string[])[] | undefined;

  constructor(
    rows: Rows,
    codes: Uint32Array,
    dictionary: readonly string[],
    idOf: ((row: number) => string) | undefined,
  ) {
    this.rows = rows;
    this.codes = codes;
    this.dictionary = dictionary;
    this.idOf = idOf && dictionary.some((text) => text.includes(OWN_ID)) ? idOf : undefined;
    const texts = dictionary.reduce((sum, text) => sum + 2 * text.length + 40, 0);
    this.size = codes.byteLength + (rows?.byteLength ?? 0) + texts;
  }

  at(row: number): string | undefined {
    const i = placeOf(this.rows, row);
    return i < 0 ? undefined : this.text(i, row);
  }

  keep(mask: Uint8Array, test: (value: Literal) => boolean, missing: boolean): void {
    if (this.idOf) {
      keepRows(mask, this.rows, missing, (i, row) => test(this.text(i, row)));
      return;
    }
    // A text is looked at once, however many rows have it.
    const verdicts = this.dictionary.map((text) => test(text));
    keepRows(mask, this.rows, missing, (i) => verdicts[this.codes[i] ?? 0] === true);
  }

  private text(i: number, row: number): string {
    const code = this.codes[i] ?? 0;
    if (!this.idOf) return this.dictionary[code] ?? '';
    this.parts ??= this.dictionary.map((text) => text.split(OWN_ID));
    const parts = this.parts[code] ?? [];
    return parts.length > 1 ? parts.join(this.idOf(row)) : (parts[0] ?? '');
  }
}

export function writeNumbers(values: ReadonlyMap<number, Int64>, rows: number): Buffer {
  const writer = new ByteWriter();
  writeRows(writer, [...values.keys()], rows);
  const numbers = [...values.values()];
  const whole = numbers.every(isInteger);
  writer.varint(whole ? 1 : 0);
  if (whole) writeIntegers(writer, toIntegers(numbers));
  else for (const number of numbers) writer.double(Number(number));
  return writer.bytes();
}

const isInteger = (number: Int64) =>
  typeof number === 'bigint' || (Number.isSafeInteger(number) && !Object.is(number, -0));

export function readNumbers(bytes: Buffer, rows: number): NumberColumn {
  const reader = new ByteReader(bytes);
  const present = readRows(reader, rows);
  const count = present?.length ?? rows;
  if (reader.varint() === 1) {
    return new NumberColumn(present, readIntegers(reader, count));
  }
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = reader.double();
  return new NumberColumn(present, numbers);
}

export class NumberColumn implements Column {
  readonly size: number;
  private readonly rows: Rows;
  private readonly numbers: Integers;

  constructor(rows: Rows, numbers: Integers) {
    this.rows = rows;
    this.numbers = numbers;
    this.size = numbers.byteLength + (rows?.byteLength ?? 0);
  }

  at(row: number): number | undefined {
    const i = placeOf(this.rows, row);
    return i < 0 ? undefined : Number(this.numbers[i]);
  }

  /** An integer digit by digit. */
  exactAt(row: number): Int64 {
    const i = placeOf(this.rows, row);
    return i < 0 ? 0 : integerAt(this.numbers, i);
  }

  keep(mask: Uint8Array, test: (value: Literal) => boolean, missing: boolean): void {
    keepRows(mask, this.rows, missing, (i) => test(Number(this.numbers[i] ?? 0)));
  }
}

function writeRows(writer: ByteWriter, present: readonly number[], rows: number): void {
  writer.varint(present.length);
  if (present.length < rows) writeIntegers(writer, toIntegers(present));
}

function readRows(reader: ByteReader, rows: number): Rows {
  const count = reader.varint();
  return count < rows ? Uint32Array.from(readIntegers(reader, count), Number) : undefined;
}

/** Where a row's value is; negative when it has none. */
function placeOf(rows: Rows, row: number): number {
  if (!rows) return row;
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = rows[middle] ?? 0;
    if (found === row) return middle;
    if (found < row) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function keepRows(
  mask: Uint8Array,
  rows: Rows,
  missing: boolean,
  test: (i: number, row: number) => boolean,
): void {
  if (!rows) {
    for (let row = 0; row < mask.length; row++) {
      if (mask[row] === 1 && !test(row, row)) mask[row] = 0;
    }
    return;
  }
  let i = 0;
  for (let row = 0; row < mask.length; row++) {
    const present = rows[i] === row;
    if (mask[row] === 1 && !(present ? test(i, row) : missing)) mask[row] = 0;
    if (present) i += 1;
  }
}
