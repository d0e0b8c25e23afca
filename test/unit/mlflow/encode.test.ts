import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode } from '../../../functions/mlflow/encode.ts';
import { fromPageToken, pageSize, toPageToken } from '../../../functions/mlflow/index.ts';

describe('MLflow’s JSON', () => {
  it('leaves out what is unset and empty lists, keeps empty texts, zeros and false', () => {
    const value = { a: undefined, b: null, c: [], d: '', e: 0, f: false, g: {} };
    expect(encode(value)).toEqual({ d: '', e: 0, f: false, g: {} });
  });

  it('writes numbers that JSON lacks as texts', () => {
    expect(encode([Number.NaN, Infinity, -Infinity, 1.5])).toEqual([
      'NaN',
      'Infinity',
      '-Infinity',
      1.5,
    ]);
  });
});

describe('a page token', () => {
  it('gives back the position that it was made of', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (position) => {
        const expected = JSON.parse(JSON.stringify(position));
        expect(fromPageToken(toPageToken(position))).toEqual(expected);
      }),
    );
  });

  it.each([undefined, ''])('is absent on the first page: %j', (token) => {
    expect(fromPageToken(token)).toBeUndefined();
  });

  it.each(['garbage', 'NDI', Buffer.from('null').toString('base64url')])(
    'is refused when it is none: %s',
    (token) => {
      expect(() => fromPageToken(token)).toThrow('Invalid page token, could not base64-decode');
    },
  );

  it('is refused when it belongs to another search', () => {
    const token = toPageToken({ other: 1 });
    expect(() => fromPageToken<{ id: string }>(token, ({ id }) => id !== undefined)).toThrow(
      'Invalid page token',
    );
  });
});

describe('a page size', () => {
  it('is the standard one unless given, and must be within the limit', () => {
    expect(pageSize(undefined, 100, 1000)).toBe(100);
    expect(pageSize(1000, 100, 1000)).toBe(1000);
    for (const size of [0, -1, 1001]) {
      expect(() => pageSize(size, 100, 1000)).toThrow(
        `Invalid value ${size} for parameter 'max_results' supplied`,
      );
    }
  });
});
