import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AsyncPolicy } from '../../../../lib/local/lambda/async-policy.ts';
import { type AsyncHost, AsyncQueue } from '../../../../lib/local/lambda/async-queue.ts';
import type { Delivery, InvocationResult } from '../../../../lib/local/service.ts';
import { AwsError } from '../../../../lib/local/shared/aws-error.ts';

const FAILED: InvocationResult = { payload: '{"errorType":"No"}', functionError: 'Unhandled' };
const MINUTE = 60_000;

let folder: string;
let queues: AsyncQueue[];
let attempts: { payload: string; at: number }[];
let deliveries: Delivery[];

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  folder = mkdtempSync(join(tmpdir(), 'slipway-async-'));
  queues = [];
  attempts = [];
  deliveries = [];
});

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(queues.map((queue) => queue.stop()));
  rmSync(folder, { recursive: true });
});

function open(
  answer: (attempt: number) => InvocationResult | Error,
  policy: Partial<AsyncPolicy> = {},
  deliver: AsyncHost['deliver'] = async (delivery) => void deliveries.push(delivery),
) {
  const queue = new AsyncQueue(join(folder, 'lambda.db'), {
    invoke: async (_fn, payload) => {
      attempts.push({ payload, at: Date.now() });
      const result = answer(attempts.length);
      if (result instanceof Error) throw result;
      return result;
    },
    policy: () => ({
      functionArn: 'arn:fn',
      retries: 2,
      maxAgeMs: 6 * 60 * MINUTE,
      deadLetters: 'arn:dlq',
      ...policy,
    }),
    deliver,
  });
  queues.push(queue);
  return queue;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
describe('AsyncQueue', () => {
  it('handles an event once when it succeeds', async () => {
    const queue = open(() => ({ payload: '1' }), { onSuccess: 'arn:done' });
    queue.start();
    queue.add('fn', '{"n":1}');
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(attempts).toEqual([{ payload: '{"n":1}', at: 0 }]);
    expect(deliveries.map(({ arn }) => arn)).toEqual(['arn:done']);
  });

  it('retries after one and two minutes, then pays its destination and its dead letters', async () => {
    const queue = open(() => FAILED, { onFailure: 'arn:failed' });
    queue.start();
    queue.add('fn', '{"n":1}');
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(attempts.map(({ at }) => Math.floor(at / MINUTE))).toEqual([0, 1, 3]);
    expect(deliveries.map(({ arn }) => arn)).toEqual(['arn:failed', 'arn:dlq']);
    expect(JSON.parse(deliveries[0]!.payload)).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { n: 1 },
      responseContext: { functionError: 'Unhandled' },
      responsePayload: { errorType: 'No' },
    });
    expect(deliveries[1]?.payload).toBe('{"n":1}');
  });

  it('does not count a throttled attempt', async () => {
    const throttled = new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    const queue = open((attempt) => (attempt <= 5 ? throttled : { payload: '1' }), { retries: 0 });
    queue.start();
    queue.add('fn', '{}');
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(attempts).toHaveLength(6);
    expect(deliveries).toEqual([]);
  });

  it('gives up an event that is too old for its next attempt', async () => {
    const queue = open(() => FAILED, { maxAgeMs: 90_000, onFailure: 'arn:failed' });
    queue.start();
    queue.add('fn', '{}');
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(attempts).toHaveLength(2);
    expect(deliveries[0]?.payload).toContain('EventAgeExceeded');
  });

  it('keeps events that another process was killed with', async () => {
    open(() => ({ payload: '1' })).add('fn', '{"n":1}');
    open(() => ({ payload: '1' })).start();
    await vi.advanceTimersByTimeAsync(100);
    expect(attempts.map(({ payload }) => payload)).toEqual(['{"n":1}']);
  });

  it('tells a destination again until it took the record, and runs the handler no more', async () => {
    let refusals = 3;
    const queue = open(
      () => FAILED,
      { retries: 0 },
      async (delivery) => {
        if (refusals-- > 0) throw new Error('not now');
        deliveries.push(delivery);
      },
    );
    vi.spyOn(console, 'error').mockImplementation(() => {});
    queue.start();
    queue.add('fn', '{}');
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(attempts).toHaveLength(1);
    expect(deliveries).toHaveLength(1);
  });

  it('lets a blocked function hold up no other', async () => {
    const started: string[] = [];
    const queue = new AsyncQueue(join(folder, 'lambda.db'), {
      invoke: (fn) => {
        started.push(fn);
        return fn === 'stuck' ? new Promise(() => {}) : Promise.resolve({ payload: '1' });
      },
      policy: () => ({ functionArn: '', retries: 0, maxAgeMs: MINUTE }),
      deliver: async () => {},
    });
    for (let i = 0; i < 30; i++) queue.add('stuck', '{}');
    queue.add('quick', '{}');
    queue.start();
    await vi.advanceTimersByTimeAsync(100);
    expect(started.filter((fn) => fn === 'stuck')).toHaveLength(10);
    expect(started).toContain('quick');
    const stopped = queue.stop();
    await vi.advanceTimersByTimeAsync(5000);
    await stopped;
  });
});
