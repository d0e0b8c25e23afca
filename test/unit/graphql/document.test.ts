import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../../functions/graphql/document.ts';
import { DomainError } from '../../../functions/shared/errors.ts';

const words = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ':',
  '$',
  '!',
  '=',
  '@',
  '...',
  'on',
  'query',
  'a',
  '1',
];

describe('the parser of queries', () => {
  it('reads or refuses any text, and never fails otherwise', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom(...words, '"x"', '"""y"""', '#c\n', ','), { maxLength: 40 })
        .map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          parseDocument(given);
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
