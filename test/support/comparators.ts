type Value = number | string;

/** A comparison of a filter: its sign, and whether it holds between a field and a constant. */
export type Comparator = readonly [sign: string, holds: (a: Value, b: Value) => boolean];

/** Comparisons of numbers. */
export const NUMBERS: readonly Comparator[] = [
  ['=', (a, b) => a === b],
  ['!=', (a, b) => a !== b],
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['>', (a, b) => a > b],
  ['>=', (a, b) => a >= b],
];

const pattern = (like: string, flags: string) => {
  const source = like
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${source}$`, flags);
};

/** Comparisons of texts: `%` stands for any text, `_` for one character. */
export const TEXTS: readonly Comparator[] = [
  ['=', (a, b) => a === b],
  ['!=', (a, b) => a !== b],
  ['LIKE', (a, b) => pattern(String(b), 's').test(String(a))],
  ['ILIKE', (a, b) => pattern(String(b), 'is').test(String(a))],
];
