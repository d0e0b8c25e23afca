import { describe, expect, it } from 'vitest';
import { queueLines } from '../../../../lib/local/cli/status.ts';

const empty = { name: 'slipway-dev-relay', waiting: 0, in_work: 0, delayed: 0 };

describe('the queues of `slipway status`', () => {
  it('are those that hold something', () => {
    const busy = { name: 'slipway-dev-validate', waiting: 12, in_work: 1, delayed: 0 };
    expect(queueLines([empty, busy])).toEqual([
      'queue                 waiting  in work  delayed',
      'slipway-dev-validate  12       1        0',
    ]);
  });

  it('are no table without rows', () => {
    expect(queueLines([empty, empty])).toEqual(['no message in any of 2 queues']);
  });
});
