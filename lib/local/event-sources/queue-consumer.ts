import type { LambdaInvoker } from '../service.ts';
import { LOCAL_REGION } from '../shared/arn.ts';
import { pause } from '../shared/pause.ts';
import type { Message, QueueApi } from '../sqs/index.ts';
import { queueRecord } from '../sqs/index.ts';
import { failedItems } from './batch-response.ts';
import type { Mapping } from './mapping.ts';

const LONG_POLL_MS = 20_000;
/** A batch that takes longer waits for something: others need not wait for it. */
const SLOW_MS = 300;
/** An additional lane ends when nothing has come for so long. */
const SPARE_POLL_MS = 1000;
/** Messages that one receive returns at most (SQS quota). */
const RECEIVE_MAX = 10;
/** Below Lambda's 6 MB of payload, with room for what a record adds to its body. */
const MAX_EVENT_BYTES = 5_500_000;
const PAUSE_AFTER_REJECTION_MS = 1000;

/**
 * Feeds a function from a queue. What it handled is deleted; the rest stays hidden for the queue's
 * visibility timeout and then comes again, until the queue's redrive policy takes it away. While every
 * batch in flight takes long there are more lanes, as on AWS, one more at a time.
 */
export class QueueConsumer {
  private readonly mapping: Mapping;
  private readonly queues: QueueApi;
  private readonly invoker: LambdaInvoker;
  private collecting = new AbortController();
  private lanes = 0;
  /** Batches in flight that take long. */
  private slow = 0;
  private readonly spare = new Set<Promise<void>>();

  constructor(mapping: Mapping, services: { queues: QueueApi; invoker: LambdaInvoker }) {
    this.mapping = mapping;
    this.queues = services.queues;
    this.invoker = services.invoker;
  }

  async run(signal: AbortSignal): Promise<void> {
    const lanes = Array.from({ length: this.mapping.concurrency }, () => this.lane(signal));
    await Promise.all(lanes);
    await Promise.all(this.spare);
  }

  private async lane(signal: AbortSignal, waitMs = LONG_POLL_MS): Promise<void> {
    this.lanes += 1;
    try {
      let handled = true;
      while (!signal.aborted && (handled || waitMs === LONG_POLL_MS)) {
        handled = await this.handleNext(signal, waitMs);
      }
    } finally {
      this.lanes -= 1;
    }
  }

  /** False when nothing came. */
  private async handleNext(signal: AbortSignal, waitMs: number): Promise<boolean> {
    const wanted: Message[] = [];
    const { signal: skipped } = this.collecting;
    const collected = await this.collect(AbortSignal.any([signal, skipped]), waitMs);
    if (skipped.aborted) return true;
    for (const message of collected) {
      if (this.mapping.matches(filterView(message, this.mapping.sourceArn))) wanted.push(message);
      else await this.queues.delete(this.mapping.sourceArn, [message.receiptHandle]);
    }
    for (const batch of splitBySize(wanted)) await this.handle(batch, signal);
    return collected.length > 0;
  }

  /** Opens one more lane if every other is with a batch that takes long. */
  private grow(signal: AbortSignal): void {
    const { id, mostConcurrency } = this.mapping;
    if (signal.aborted || this.slow < this.lanes || this.lanes >= mostConcurrency) return;
    const lane: Promise<void> = this.lane(signal, SPARE_POLL_MS)
      // The next slow batch opens another one.
      .catch((error: unknown) => console.error(`${id}:`, error))
      .finally(() => this.spare.delete(lane));
    this.spare.add(lane);
  }

  /** Drops what it holds of a batch that is not complete; for queues that were purged. */
  skip(): void {
    this.collecting.abort();
    this.collecting = new AbortController();
  }

  /** A batch: full, or what came within the window after its first message. */
  private async collect(signal: AbortSignal, longest: number): Promise<Message[]> {
    const { sourceArn, batchSize, windowMs } = this.mapping;
    const receive = (room: number, waitMs: number) =>
      this.queues.receive(sourceArn, Math.min(room, RECEIVE_MAX), waitMs, signal);
    const messages = await receive(batchSize, longest);
    if (messages.length === 0 || windowMs === 0) return messages;
    const deadline = Date.now() + windowMs;
    while (messages.length < batchSize && Date.now() < deadline && !signal.aborted) {
      messages.push(...(await receive(batchSize - messages.length, deadline - Date.now())));
    }
    return messages;
  }

  private async handle(batch: readonly Message[], signal: AbortSignal): Promise<void> {
    const { sourceArn, functionName, reportsItemFailures } = this.mapping;
    const event = { Records: batch.map((message) => toRecord(message, sourceArn)) };
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      this.slow += 1;
      this.grow(signal);
    }, SLOW_MS);
    try {
      const result = await this.invoker.invoke(functionName, JSON.stringify(event));
      const ids = batch.map(({ messageId }) => messageId);
      const failed = failedItems(result, ids, reportsItemFailures);
      const handles = (wanted: boolean) =>
        batch
          .filter(({ messageId }) => failed.has(messageId) === wanted)
          .map(({ receiptHandle }) => receiptHandle);
      this.queues.fail(sourceArn, handles(true));
      await this.queues.delete(sourceArn, handles(false));
    } catch (error) {
      // Not the messages' fault: the function is busy or gone, so the lane holds back as well.
      console.error(`${functionName} could not be invoked: ${String(error)}`);
      await pause(PAUSE_AFTER_REJECTION_MS, signal);
    } finally {
      clearTimeout(timer);
      if (isSlow) this.slow -= 1;
    }
  }
}

function splitBySize(messages: readonly Message[]): Message[][] {
  const batches: Message[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    const last = batches.at(-1);
    if (last && bytes + size <= MAX_EVENT_BYTES) {
      last.push(message);
      bytes += size;
    } else {
      batches.push([message]);
      bytes = size;
    }
  }
  return batches;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
const toRecord = (message: Message, eventSourceARN: string) => ({
  ...queueRecord(message),
  eventSource: 'aws:sqs',
  eventSourceARN,
  awsRegion: LOCAL_REGION,
});

/** What a filter sees: the record, its body parsed when it is a JSON object. */
function filterView(message: Message, sourceArn: string): unknown {
  const record = toRecord(message, sourceArn);
  try {
    const body: unknown = JSON.parse(message.body);
    return body !== null && typeof body === 'object' ? { ...record, body } : record;
  } catch {
    return record;
  }
}
