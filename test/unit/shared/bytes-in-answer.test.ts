import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesInAnswer, fittingInAnswer } from '../../../functions/shared/http/bytes-in-answer.ts';

const document = fc.json().map((text) => text.replaceAll('\t', ' '));

it('a JSON text is as long as in the JSON that it is put into', () => {
  fc.assert(
    fc.property(document, (text) => {
      expect(bytesInAnswer(text)).toBe(Buffer.byteLength(JSON.stringify(text)) - 2);
    }),
  );
});

it('as many texts fit as a count of each says', () => {
  const texts = fc.array(fc.oneof(document, fc.string({ unit: 'binary' })), { maxLength: 8 });
  fc.assert(
    fc.property(texts, fc.nat(300), (texts, limit) => {
      const fitting = fittingInAnswer(texts, limit);
      const bytes = (count: number) =>
        texts.slice(0, count).reduce((sum, text) => sum + bytesInAnswer(text), 0);
      expect(bytes(fitting)).toBeLessThanOrEqual(limit);
      if (fitting < texts.length) expect(bytes(fitting + 1)).toBeGreaterThan(limit);
    }),
  );
});
