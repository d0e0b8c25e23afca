import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonFloat } from '../../../functions/mlflow/index.ts';

describe('a float as Python writes it', () => {
  // What json.dumps of CPython 3.11 answers.
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-12.5, '-12.5'],
    [0.1 + 0.2, '0.30000000000000004'],
    [0.0001, '0.0001'],
    [0.00012, '0.00012'],
    [0.00009999, '9.999e-05'],
    [1e-6, '1e-06'],
    [1.5e-7, '1.5e-07'],
    [2.2250738585072014e-308, '2.2250738585072014e-308'],
    [5e-324, '5e-324'],
    [2 ** 53, '9007199254740992.0'],
    [9999999999999998, '9999999999999998.0'],
    [1e16, '1e+16'],
    [12345678901234567000, '1.2345678901234567e+19'],
    [-1e21, '-1e+21'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
  ])('%d is %s', (value, text) => expect(pythonFloat(value)).toBe(text));

  it('is read back as the same float, and never as an integer', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = pythonFloat(value);
        expect(text).toMatch(/^-?\d+(\.\d+|(\.\d+)?e[+-]\d\d+)$/);
        expect(Object.is(Number(text), value)).toBe(true);
      }),
    );
  });
});
