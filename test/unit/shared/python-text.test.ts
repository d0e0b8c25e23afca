import { describe, expect, it } from 'vitest';
import { plainDigits, pythonQuoted, strip } from '../../../functions/shared/python-text.ts';

describe('texts as Python has them', () => {
  it('are stripped of its blanks, of which the mark of byte order is none', () => {
    expect(strip('\x1c\x85 a b\u3000\n')).toBe('a b');
    expect(strip('\ufeffa\u200b')).toBe('\ufeffa\u200b');
    expect(strip(' \x1f')).toBe('');
  });

  it('have the digits of any script', () => {
    expect(plainDigits('٣.１-𝟙')).toBe('3.1-1');
  });

  it.each([
    ["it's", '"it\'s"'],
    [`it's "x"`, `'it\\'s "x"'`],
    ['a\\b\n\t\x00\x7f', "'a\\\\b\\n\\t\\x00\\x7f'"],
    ['ä\xa0\xad\u200b\u2028 😀\u{10ffff}', "'ä\\xa0\\xad\\u200b\\u2028 😀\\U0010ffff'"],
  ])('are shown in quotes: %j', (text, shown) => {
    expect(pythonQuoted(text)).toBe(shown);
  });
});
