import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withBodyApart } from '../../../../lib/local/lambda/environments/body-apart.ts';
import { MAX_PAYLOAD } from '../../../../lib/local/lambda/payload.ts';

const LARGE = 8 * 1024;

describe('a large body', () => {
  it('comes beside the rest of the answer, as the bytes that a client gets', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const body = text.repeat(Math.ceil(LARGE / text.length));
        const rest = { statusCode: 200, headers: { 'content-type': 'text/plain' } };
        const apart = withBodyApart({ ...rest, body });
        if (/[\p{Cc}]/u.test(text) && !apart) return;
        expect(JSON.parse(apart?.payload ?? '')).toEqual(rest);
        expect(Buffer.from(apart?.body ?? []).equals(Buffer.from(body, 'utf8'))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['small', { body: 'x'.repeat(LARGE - 1) }],
    ['base64', { body: 'x'.repeat(LARGE), isBase64Encoded: true }],
    ['no text', { body: null }],
    ['absent', { statusCode: 200 }],
    ['no answer of a proxy', 'x'.repeat(LARGE)],
  ])('stays where it is when it is %s', (_, result) => {
    expect(withBodyApart(result)).toBeUndefined();
  });

  it('stays where it is when the answer as JSON may be larger than Lambda allows', () => {
    const fits = (body: string) => withBodyApart({ body }) !== undefined;
    const inside = (body: string) => JSON.stringify({ body }).length <= MAX_PAYLOAD;
    const half = MAX_PAYLOAD / 2;
    for (const body of ['"'.repeat(half - 100), '"'.repeat(half), '\u0000'.repeat(half / 2)]) {
      expect(!fits(body) || inside(body)).toBe(true);
    }
    expect(fits('"'.repeat(half - 100))).toBe(true);
    expect(fits('"'.repeat(half))).toBe(false);
  });
});
