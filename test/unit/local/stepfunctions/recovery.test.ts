import { describe, expect, it } from 'vitest';
import { matchesError } from '../../../../lib/local/stepfunctions/asl/state-error.ts';
import { decideRetry } from '../../../../lib/local/stepfunctions/engine/retry.ts';

const never = () => {
  throw new Error('no retrier asked for jitter');
};

/** https://states-language.net/spec.html#errors */
describe('decideRetry', () => {
  it('waits 1, 2 and 4 seconds by default, and gives up then', () => {
    const delay = (made: number) =>
      decideRetry([{ ErrorEquals: ['States.ALL'] }], [made], 'E', never)?.delaySeconds;
    expect([0, 1, 2, 3].map(delay)).toEqual([1, 2, 4, undefined]);
  });

  it('asks the first retrier that names the error, and none after it', () => {
    const retriers = [
      { ErrorEquals: ['Other'] },
      { ErrorEquals: ['E'], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'] },
    ];
    expect(decideRetry(retriers, [], 'E', never)).toBeUndefined();
    expect(decideRetry(retriers, [], 'F', never)).toEqual({ retrier: 2, delaySeconds: 1 });
  });
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
describe('matchesError', () => {
  it.each(['States.DataLimitExceeded', 'States.Runtime'])(
    'takes %s for no wildcard, only by its name',
    (error) => {
      expect(matchesError(['States.ALL'], error)).toBe(false);
      expect(matchesError(['States.TaskFailed'], error)).toBe(false);
      expect(matchesError([error], error)).toBe(true);
    },
  );

  it.each([
    ['States.ALL', 'States.Timeout', true],
    ['States.TaskFailed', 'E', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.TaskFailed', 'States.HeartbeatTimeout', false],
    ['States.Timeout', 'States.HeartbeatTimeout', true],
    ['States.HeartbeatTimeout', 'States.Timeout', false],
  ])('of %s and %s is %s', (name, error, covered) => {
    expect(matchesError([name], error)).toBe(covered);
  });
});
