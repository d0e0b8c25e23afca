import type { Positioned } from '../dynamodb/stream-reader.ts';
import type { InvocationResult } from '../service.ts';
import { pause } from '../shared/pause.ts';
import { failedItems } from './batch-response.ts';
import type { Mapping } from './mapping.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

export type GiveUpCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

interface BatchPorts {
  readonly invoke: (records: readonly Positioned[]) => Promise<InvocationResult>;
  /** Takes records that failed for good to the failure destination. */
  readonly giveUp: (
    records: readonly Positioned[],
    condition: GiveUpCondition,
    invokeCount: number,
  ) => Promise<void>;
  /** Everything up to this position is done. */
  readonly advance: (position: number) => void;
  /** What was advanced to, or skipped to from outside: a batch forgets records up to here. */
  readonly handled: () => number;
  readonly signal: AbortSignal;
}

interface Segment {
  readonly records: readonly Positioned[];
  readonly retries: number;
}

/**
 * Takes a batch through its function, in order, until every record is handled or given up. A failed
 * batch is halved when the mapping says so, which costs no retry, and retried with growing pauses.
 * Returns early when the signal aborts; nothing that was not done is advanced over.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export async function runBatch(
  batch: readonly Positioned[],
  mapping: Mapping,
  ports: BatchPorts,
): Promise<void> {
  const segments: Segment[] = [{ records: batch, retries: 0 }];
  for (let rejections = 0; ; ) {
    const segment = segments.pop();
    if (!segment || ports.signal.aborted) return;
    const { records, retries } = await dropTooOld(pending(segment, ports), mapping, ports);
    if (records.length === 0) continue;
    const failedAt = await firstFailure(records, mapping, ports);
    if (failedAt === 'rejected') {
      // A busy or missing function is not the records' fault: no retry is used up.
      segments.push({ records, retries });
      await pause(backoff(rejections++), ports.signal);
      continue;
    }
    rejections = 0;
    if (failedAt > 0) ports.advance(positionOf(records[failedAt - 1]));
    const left = records.slice(failedAt);
    if (left.length === 0) continue;
    if (mapping.bisect && left.length > 1) {
      const middle = Math.ceil(left.length / 2);
      segments.push({ records: left.slice(middle), retries });
      segments.push({ records: left.slice(0, middle), retries });
    } else if (failedAt === 0 && retries >= mapping.maxRetries) {
      await ports.giveUp(left, 'RetryAttemptsExhausted', retries + 1);
      ports.advance(positionOf(left.at(-1)));
    } else {
      const spent = failedAt > 0 ? 0 : retries + 1;
      segments.push({ records: left, retries: spent });
      await pause(backoff(spent), ports.signal);
    }
  }
}

const pending = ({ records, retries }: Segment, ports: BatchPorts): Segment => ({
  records: records.filter(({ position }) => position > ports.handled()),
  retries,
});

const backoff = (attempt: number) => Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);

const positionOf = (positioned: Positioned | undefined) => positioned?.position ?? 0;

/** Index of the first record that was not handled; the number of records when all were. */
async function firstFailure(
  records: readonly Positioned[],
  mapping: Mapping,
  ports: BatchPorts,
): Promise<number | 'rejected'> {
  let result: InvocationResult;
  try {
    result = await ports.invoke(records);
  } catch (error) {
    console.error(`${mapping.functionName} could not be invoked: ${String(error)}`);
    return 'rejected';
  }
  const numbers = records.map(({ record }) => record.dynamodb.SequenceNumber);
  const failed = failedItems(result, numbers, mapping.reportsItemFailures);
  const first = numbers.findIndex((number) => failed.has(number));
  return first < 0 ? records.length : first;
}

async function dropTooOld(segment: Segment, mapping: Mapping, ports: BatchPorts) {
  const oldest = Date.now() - mapping.maxRecordAgeMs;
  const isOld = ({ record }: Positioned) =>
    (record.dynamodb.ApproximateCreationDateTime + 1) * 1000 < oldest;
  const count = segment.records.findIndex((one) => !isOld(one));
  const old = count < 0 ? segment.records : segment.records.slice(0, count);
  if (old.length === 0) return segment;
  await ports.giveUp(old, 'RecordAgeExceeded', segment.retries);
  ports.advance(positionOf(old.at(-1)));
  return { records: segment.records.slice(old.length), retries: segment.retries };
}
