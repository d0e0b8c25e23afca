import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Positioned } from '../../../../lib/local/dynamodb/stream-reader.ts';
import { parseMapping } from '../../../../lib/local/event-sources/mapping.ts';
import { runBatch } from '../../../../lib/local/event-sources/stream-batch.ts';

const aRecord = (position: number, createdAt = Date.now() / 1000): Positioned => ({
  position,
  kind: 'INSERT',
  size: 1,
  record: {
    eventID: String(position),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: createdAt,
      Keys: {},
      SequenceNumber: String(position),
      SizeBytes: 1,
      StreamViewType: 'KEYS_ONLY',
    },
  },
});

const aMapping = (more: Readonly<Record<string, unknown>> = {}) =>
  parseMapping(
    'Mapping',
    { EventSourceArn: 's', FunctionName: 'f', StartingPosition: 'LATEST', ...more },
    'stream',
  );

async function play(
  batch: readonly Positioned[],
  mapping: ReturnType<typeof aMapping>,
  bad: ReadonlySet<number>,
) {
  const handled: number[] = [];
  const givenUp: number[] = [];
  const advanced: number[] = [];
  let invocations = 0;
  await runBatch(batch, mapping, {
    signal: new AbortController().signal,
    invoke: async (records) => {
      invocations += 1;
      const failed = records.findIndex(({ position }) => bad.has(position));
      if (!mapping.reportsItemFailures) {
        if (failed >= 0) return { payload: '{}', functionError: 'Unhandled' };
        handled.push(...records.map(({ position }) => position));
        return { payload: 'null' };
      }
      const good = failed < 0 ? records : records.slice(0, failed);
      handled.push(...good.map(({ position }) => position));
      const report = failed < 0 ? [] : [{ itemIdentifier: String(records[failed]!.position) }];
      return { payload: JSON.stringify({ batchItemFailures: report }) };
    },
    giveUp: async (records, condition) => {
      givenUp.push(...records.map(({ position }) => position));
      expect(condition).toMatch(/Exhausted|Exceeded/);
    },
    handled: () => advanced.at(-1) ?? 0,
    advance: (position) => {
      expect(position).toBe(Math.max(...handled, ...givenUp));
      advanced.push(position);
    },
  });
  return { handled, givenUp, advanced, invocations };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
describe('runBatch', () => {
  test('handles every good record once and gives up exactly the bad ones, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
        fc.boolean(),
        async (count, badNumbers, reports) => {
          const batch = Array.from({ length: count }, (_, i) => aRecord(i + 1));
          const bad = new Set(badNumbers);
          const mapping = aMapping({
            BisectBatchOnFunctionError: true,
            MaximumRetryAttempts: 0,
            ...(reports && { FunctionResponseTypes: ['ReportBatchItemFailures'] }),
          });

          const { handled, givenUp, advanced } = await play(batch, mapping, bad);

          const numbers = batch.map(({ position }) => position);
          expect(handled).toEqual(numbers.filter((n) => !bad.has(n)));
          expect(givenUp).toEqual(numbers.filter((n) => bad.has(n)));
          expect(advanced).toEqual(advanced.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gives up the whole rest of a batch when it may not halve it', async () => {
    const batch = [1, 2, 3].map((n) => aRecord(n));

    const result = await play(batch, aMapping({ MaximumRetryAttempts: 2 }), new Set([2]));

    expect(result).toMatchObject({ handled: [], givenUp: [1, 2, 3], invocations: 3 });
  });

  test('gives up records that are too old without an invocation', async () => {
    const hourAgo = Date.now() / 1000 - 3600;
    const batch = [aRecord(1, hourAgo), aRecord(2)];

    const result = await play(batch, aMapping({ MaximumRecordAgeInSeconds: 60 }), new Set());

    expect(result).toMatchObject({ handled: [2], givenUp: [1], invocations: 1 });
  });

  test('gives up records that grow too old while their function fails, and says why and after how many tries', async () => {
    onTestFinished(() => void vi.useRealTimers());
    const told: unknown[] = [];
    await runBatch([aRecord(1)], aMapping({ MaximumRecordAgeInSeconds: 60 }), {
      signal: new AbortController().signal,
      invoke: async () => {
        vi.setSystemTime(Date.now() + 40_000);
        return { payload: '{}', functionError: 'Unhandled' };
      },
      giveUp: async (records, condition, tries) => void told.push(records.length, condition, tries),
      advance: (position) => void told.push(position),
      handled: () => 0,
    });

    expect(told).toEqual([1, 'RecordAgeExceeded', 2, 1]);
  });

  test('spends no retry on a function that is busy', async () => {
    let calls = 0;
    const givenUp: number[] = [];

    await runBatch([aRecord(1)], aMapping({ MaximumRetryAttempts: 0 }), {
      signal: new AbortController().signal,
      invoke: async () => {
        calls += 1;
        if (calls === 1) throw new Error('TooManyRequestsException');
        return { payload: 'null' };
      },
      giveUp: async () => void givenUp.push(1),
      advance: () => {},
      handled: () => 0,
    });

    expect(calls).toBe(2);
    expect(givenUp).toEqual([]);
  });
});
