import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AsciiWriter } from '../../../../functions/tracking/metrics/ascii-writer.ts';

describe('an ASCII writer', () => {
  it('writes integers as `String` does', () => {
    const edges = [0, 9, 10, 9_999_999, 10_000_000, 99_999_999_999_999, 100_000_000_000_000];
    const integer = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges), fc.integer());
    fc.assert(
      fc.property(fc.array(integer, { minLength: 1 }), (numbers) => {
        const writer = new AsciiWriter(18 * numbers.length);
        for (const number of numbers) {
          writer.integer(number);
          writer.ascii(';');
        }
        expect(writer.toString()).toBe(numbers.map((number) => `${number};`).join(''));
      }),
      { numRuns: 500 },
    );
  });

  it('takes texts and bytes of UTF-8 in turns', () => {
    const writer = new AsciiWriter(20);
    writer.raw(Buffer.from('größe='));
    writer.ascii('1.5e-7');
    expect(writer.toString()).toBe('größe=1.5e-7');
  });
});
