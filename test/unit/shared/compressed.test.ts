import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressedIfLarge } from '../../../functions/shared/http/compressed.ts';

const answer = (body: string) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body,
});

/** As the function's answer is when it leaves for the gateway. */
const sizeOf = (result: object) => Buffer.byteLength(JSON.stringify(result));

const MAX_ANSWER = 6 * 2 ** 20;

describe('an answer', () => {
  it.each([
    ['of plain text', 'x'.repeat(7_000_000)],
    ['of quotes, which are two bytes each in it', '"'.repeat(3_200_000)],
    ['of characters that take three bytes', '日'.repeat(2_200_000)],
  ])('that is too large for a function is compressed: one %s', (_, body) => {
    expect(sizeOf(answer(body))).toBeGreaterThan(MAX_ANSWER);
    const result = compressedIfLarge(answer(body), 'gzip, deflate');
    expect(sizeOf(result)).toBeLessThan(MAX_ANSWER);
    expect(result.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(gunzipSync(Buffer.from(result.body ?? '', 'base64')).toString()).toBe(body);
  });

  it('that fits stays as it is, and so does one for a client without gzip', () => {
    const fitting = answer('x'.repeat(6_000_000));
    expect(compressedIfLarge(fitting, 'gzip')).toBe(fitting);
    const large = answer('x'.repeat(7_000_000));
    expect(compressedIfLarge(large, undefined)).toBe(large);
    expect(compressedIfLarge(large, 'br')).toBe(large);
  });
});
