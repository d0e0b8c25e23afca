/**
 * What Python takes for a blank, as part of a class of characters: JavaScript's `\s` knows the byte order mark, too,
 * and some controls not.
 */
export const BLANKS = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;

const START = new RegExp(`^[${BLANKS}]+`);
const IS_BLANK = new RegExp(`[${BLANKS}]`);

/** A text as `str.strip` leaves it. */
export function strip(text: string): string {
  let end = text.length;
  while (end > 0 && IS_BLANK.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end).replace(START, '');
}

/** A text with the digits 0 to 9 where it has others: Python reads numbers in those of any script. */
export const plainDigits = (text: string): string =>
  /[^ -~]/.test(text) ? text.replaceAll(/\p{Nd}/gu, digitOf) : text;

/** Unicode has the digits of a script in a row, from zero on (chapter 4.6); rows may follow each other. */
function digitOf(digit: string): string {
  const last = digit.codePointAt(0) ?? 0;
  let first = last;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return String((last - first) % 10);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A text as `repr` shows it: in single quotes if it has no others, and what cannot be printed by its number. */
export function pythonQuoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll(/[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (one) => {
    const known = ESCAPES[one];
    if (known !== undefined) return known;
    const code = (one.codePointAt(0) ?? 0).toString(16);
    if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}
