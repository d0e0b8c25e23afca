import type { Positioned, StreamReader } from '../dynamodb/stream-reader.ts';
import type { Deliver, LambdaInvoker } from '../service.ts';
import { failedItems } from './batch-response.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import type { PositionStore } from './position-store.ts';

/** How often a quiet stream is looked at; a look is a counter read, not a query. */
const LOOK_EVERY_MS = 5;
const LONGEST_PAUSE_MS = 10_000;
/** Lambda's limit of records in one event. */
const READ_LIMIT = 1000;

/**
 * Feeds a function from a table's stream, in order. The position moves on only after the records were
 * handled or given to the failure destination: after a crash some may come twice, none is missed.
 */
export class StreamPoller {
  private readonly mapping: EventSourceMapping;
  private readonly table: string;
  private readonly stream: StreamReader;
  private readonly positions: PositionStore;
  private readonly lambda: LambdaInvoker;
  private readonly deliver: Deliver;
  private stopped = false;
  private loop: Promise<void> | undefined;
  private position = 0;

  constructor(
    mapping: EventSourceMapping,
    table: string,
    services: {
      stream: StreamReader;
      positions: PositionStore;
      lambda: LambdaInvoker;
      deliver: Deliver;
    },
  ) {
    this.mapping = mapping;
    this.table = table;
    this.stream = services.stream;
    this.positions = services.positions;
    this.lambda = services.lambda;
    this.deliver = services.deliver;
  }

  start(): void {
    const initial = this.mapping.startsAtLatest ? this.stream.latest() : 0;
    this.position = this.positions.get(this.mapping.id) ?? initial;
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop;
  }

  /** Everything up to here was handled. */
  get handled(): number {
    return this.position;
  }

  private async run(): Promise<void> {
    let seen = -1;
    while (!this.stopped) {
      const version = this.stream.dataVersion();
      if (version === seen) {
        await pause(LOOK_EVERY_MS);
        continue;
      }
      if (this.mapping.windowMs > 0) await pause(this.mapping.windowMs);
      const read = this.stream.read(this.table, this.mapping.sourceArn, this.position, READ_LIMIT);
      if (read.length === 0) seen = version;
      else await this.handleAll(read);
    }
  }

  private async handleAll(read: readonly Positioned[]): Promise<void> {
    const wanted = read.filter(({ record }) => this.mapping.matches(record));
    for (let at = 0; at < wanted.length && !this.stopped; at += this.mapping.batchSize) {
      await this.handleBatch(wanted.slice(at, at + this.mapping.batchSize));
    }
    if (!this.stopped) this.advance(read.at(-1)?.position ?? this.position);
  }

  /** Invokes until every record of the batch was handled or given up. */
  private async handleBatch(batch: readonly Positioned[]): Promise<void> {
    let left = batch;
    for (let attempt = 0; left.length > 0 && !this.stopped; attempt++) {
      const failedAt = await this.invoke(left);
      if (failedAt > 0) {
        this.advance(left[failedAt - 1]?.position ?? this.position);
        attempt = 0;
      }
      left = left.slice(failedAt);
      if (left.length === 0) return;
      if (this.mapping.retries >= 0 && attempt >= this.mapping.retries) {
        await this.giveUp(left);
        return;
      }
      if (this.mapping.bisect && left.length > 1) {
        const middle = Math.ceil(left.length / 2);
        await this.handleBatch(left.slice(0, middle));
        await this.handleBatch(left.slice(middle));
        return;
      }
      await pause(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** attempt));
    }
  }

  /** Index of the first record that was not handled; the batch's length when all were. */
  private async invoke(batch: readonly Positioned[]): Promise<number> {
    const event = { Records: batch.map(({ record }) => record) };
    const result = await this.lambda
      .invoke(this.mapping.functionArn, JSON.stringify(event))
      .catch(() => ({ payload: '{}', functionError: 'Unhandled' as const }));
    const numbers = batch.map(({ record }) => record.dynamodb.SequenceNumber);
    const failed = failedItems(result, numbers, this.mapping.reportsItemFailures);
    const first = numbers.findIndex((number) => failed.has(number));
    return first < 0 ? batch.length : first;
  }

  private async giveUp(batch: readonly Positioned[]): Promise<void> {
    const { onFailureArn: arn, functionArn } = this.mapping;
    const records = batch.map(({ record }) => record);
    console.error(`${functionArn} failed for good on ${records.length} stream records`);
    if (arn) await this.deliver({ arn, payload: JSON.stringify({ functionArn, records }) });
    this.advance(batch.at(-1)?.position ?? this.position);
  }

  private advance(position: number): void {
    this.position = position;
    this.positions.set(this.mapping.id, position);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
