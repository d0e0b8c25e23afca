import { describe, expect, test } from 'vitest';
import { failedItems } from '../../../../lib/local/event-sources/batch-response.ts';

const report = (value: unknown) => JSON.stringify(value);

describe('failedItems', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
  test.each([
    ['an empty list', report({ batchItemFailures: [] }), []],
    ['a null list', report({ batchItemFailures: null }), []],
    ['an empty object', '{}', []],
    ['null', 'null', []],
    ['nothing', '', []],
    ['one item', report({ batchItemFailures: [{ itemIdentifier: 'b' }] }), ['b']],
    ['an empty identifier', report({ batchItemFailures: [{ itemIdentifier: '' }] }), ['a', 'b']],
    ['a null identifier', report({ batchItemFailures: [{ itemIdentifier: null }] }), ['a', 'b']],
    ['another member', report({ batchItemFailures: [{ id: 'a' }] }), ['a', 'b']],
    ['an unknown item', report({ batchItemFailures: [{ itemIdentifier: 'c' }] }), ['a', 'b']],
    ['a text', '"oops"', ['a', 'b']],
  ])('reads %s', (_what, payload, failed) => {
    expect([...failedItems({ payload }, ['a', 'b'], true)]).toEqual(failed);
  });

  test('ignores a report that the mapping did not ask for', () => {
    const payload = report({ batchItemFailures: [{ itemIdentifier: 'a' }] });

    expect([...failedItems({ payload }, ['a'], false)]).toEqual([]);
  });

  test('takes an error of the function for a failure of all', () => {
    const result = { payload: '{}', functionError: 'Unhandled' as const };

    expect([...failedItems(result, ['a', 'b'], false)]).toEqual(['a', 'b']);
  });
});
