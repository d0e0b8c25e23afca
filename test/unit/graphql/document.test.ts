import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { execute } from '../../../functions/graphql/execute.ts';
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

describe('a query', () => {
  it('of any text is run or refused, and never fails otherwise', async () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom(...words, '"x"', '"""y"""', '#c\n', ','), { maxLength: 40 })
        .map((all) => all.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (query) => {
        const answer = await execute({ query, variables: {} }).catch((error: unknown) => error);
        if (answer instanceof Error) expect(answer).toBeInstanceOf(DomainError);
      }),
      { numRuns: 2000 },
    );
  });
});
