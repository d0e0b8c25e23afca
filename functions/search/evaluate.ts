import type { Comparison, Literal } from './comparison.ts';
import { containsPattern } from './regular-expression.ts';

/**
 * Whether a value satisfies a comparison. A missing value satisfies nothing but IS NULL: MLflow joins
 * the rows that have the key. NaN is compared as the 0 that MLflow stores for it, beside a flag. `contains` looks
 * for regular expressions.
 */
export function holds(
  comparison: Comparison,
  given: Literal | null | undefined,
  contains = containsPattern,
): boolean {
  const { operator, value: wanted } = comparison;
  const value = Number.isNaN(given) ? 0 : given;
  if (operator === 'IS NULL') return value === null || value === undefined;
  if (value === null || value === undefined) return false;
  switch (operator) {
    case 'IS NOT NULL':
      return true;
    case '=':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case '<':
      return ordered(value, wanted) && value < (wanted as Literal);
    case '<=':
      return ordered(value, wanted) && value <= (wanted as Literal);
    case '>':
      return ordered(value, wanted) && value > (wanted as Literal);
    case '>=':
      return ordered(value, wanted) && value >= (wanted as Literal);
    case 'IN':
      return (wanted as readonly Literal[]).includes(value);
    case 'NOT IN':
      return !(wanted as readonly Literal[]).includes(value);
    case 'LIKE':
      return like(String(value), String(wanted));
    case 'NOT LIKE':
      return !like(String(value), String(wanted));
    case 'ILIKE':
      return like(lower(String(value)), lower(String(wanted)));
    case 'NOT ILIKE':
      return !like(lower(String(value)), lower(String(wanted)));
    case 'RLIKE':
      return contains(String(value), String(wanted));
  }
}

const ordered = (value: Literal, wanted: unknown) => typeof value === typeof wanted;

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const ASCII = /^[\u0000-\u007f]*$/;

/** SQL's `lower` of MLflow's database, which knows the letters of ASCII only. */
const lower = (text: string): string =>
  ASCII.test(text)
    ? text.toLowerCase()
    : text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

/**
 * SQL's LIKE over the whole value: `%` any characters, `_` one. As in MLflow's database, values and patterns end at
 * their first NUL.
 */
export function like(given: string, wanted: string): boolean {
  const value = beforeNul(given);
  const pattern = beforeNul(wanted);
  return pattern.includes('_')
    ? likeByCharacter(characters(value), characters(pattern))
    : likeByPart(value, pattern);
}

const beforeNul = (text: string): string => {
  const at = text.indexOf('\0');
  return at < 0 ? text : text.slice(0, at);
};

/** A text by its characters: those beyond 16 bits are one each, as to the database of MLflow. */
const characters = (text: string): ArrayLike<string> =>
  /[\ud800-\udbff]/.test(text) ? Array.from(text) : text;

/** The parts of the pattern that was asked for last: mostly it is the same for many values. */
let split: { readonly pattern: string; readonly parts: readonly string[] } = {
  pattern: '',
  parts: [''],
};

/** Without `_`: the parts between `%` follow one another, each as early as it can. */
function likeByPart(value: string, pattern: string): boolean {
  if (split.pattern !== pattern) split = { pattern, parts: pattern.split('%') };
  const { parts } = split;
  const [first = ''] = parts;
  if (parts.length === 1) return value === pattern;
  if (!value.startsWith(first)) return false;
  let from = first.length;
  for (let i = 1; i < parts.length - 1; i++) {
    const part = parts[i] ?? '';
    const at = value.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  const last = parts.at(-1) ?? '';
  return value.length - last.length >= from && value.endsWith(last);
}

/**
 * Backtracks to the last `%` only, so its time is bounded by the product of both lengths, whatever the
 * pattern.
 */
function likeByCharacter(value: ArrayLike<string>, pattern: ArrayLike<string>): boolean {
  let v = 0;
  let p = 0;
  let percent = -1;
  let resume = 0;
  while (v < value.length) {
    if (pattern[p] === '%') {
      percent = p++;
      resume = v;
    } else if (p < pattern.length && (pattern[p] === '_' || pattern[p] === value[v])) {
      p += 1;
      v += 1;
    } else if (percent >= 0) {
      p = percent + 1;
      v = ++resume;
    } else return false;
  }
  while (pattern[p] === '%') p += 1;
  return p === pattern.length;
}
