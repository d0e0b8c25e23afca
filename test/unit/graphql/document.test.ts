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

  it('reads constants as written', () => {
    const constant = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(constant, (value) => {
        const { operations } = parseDocument(`{ f(x: ${JSON.stringify(value)}) }`);
        const [field] = operations[0]?.selections ?? [];
        const node = field?.kind === 'field' ? field.args.get('x') : undefined;
        expect(node).toEqual({ kind: 'constant', value: value === 0 ? 0 : value });
      }),
    );
  });
});
