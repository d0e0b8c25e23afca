import { randomUUID } from 'node:crypto';
import { deliverUnlessGone } from '../deliveries/unless-gone.ts';
import type { Positioned, StreamReader } from '../dynamodb/stream-reader.ts';
import type { Deliver, LambdaInvoker } from '../service.ts';
import { pause } from '../shared/pause.ts';
import type { Mapping } from './mapping.ts';
import type { Positions } from './positions.ts';
import { type GiveUpCondition, runBatch } from './stream-batch.ts';

/** How often more records are looked for while a batching window is open. */
const LOOK_EVERY_MS = 20;
const READ_LIMIT = 500;
/**
 * Between the starts of two invocations, in milliseconds: a first record is handled at once, those of a busy
 * stream come several at a time. Lambda itself looks at a shard four times a second.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
const PACE_MS = 25;
/** The same for functions with batches of at least `BULK_SIZE`: fewer reads leave more of the engine to others. */
const BULK_PACE_MS = 100;
const BULK_SIZE = 500;
/** Below Lambda's 6 MB of payload. */
const MAX_EVENT_BYTES = 5_500_000;
/** How often the position is saved while records are only skipped; after a crash they are skipped again. */
const SAVE_EVERY_MS = 1000;
const SHARD = 'shardId-00000000000000000000-00000000';

interface StreamServices {
  readonly stream: StreamReader;
  readonly positions: Positions;
  readonly invoker: LambdaInvoker;
  readonly deliver: Deliver;
}

/**
 * Feeds a function from a table's stream, in order. The position moves on only after records were
 * handled or given to the failure destination: after a crash some may come twice, none is missed.
 */
export class StreamConsumer {
  readonly table: string;
  private readonly mapping: Mapping;
  private readonly services: StreamServices;
  private readonly key: string;
  private readonly paceMs: number;
  private position = 0;
  private savedAt = 0;
  private invokedAt = 0;

  constructor(mapping: Mapping, table: string, services: StreamServices) {
    this.mapping = mapping;
    this.table = table;
    this.services = services;
    this.paceMs = mapping.batchSize < BULK_SIZE ? PACE_MS : BULK_PACE_MS;
    // Function and stream make a mapping unique on AWS too; its logical id may change.
    this.key = `${mapping.functionName} ${mapping.sourceArn}`;
    const known = services.positions.get(this.key);
    if (known !== undefined) this.goOnFrom(known);
    else if (mapping.startsAtLatest) this.advance(services.stream.latest(table));
  }

  /**
   * A table that lost its last writes, to a power cut or to an older copy of its file, counts on from the last
   * one that it kept: what comes then has numbers that were handled before, and must not be passed over.
   */
  private goOnFrom(known: number): void {
    const latest = this.services.stream.latest(this.table);
    this.position = Math.min(known, latest);
    if (known <= latest) return;
    const { functionName } = this.mapping;
    console.error(
      `${this.table} has lost its last writes: ${functionName} had read ${known - latest} of them`,
    );
    this.services.positions.set(this.key, latest);
  }

  /** Everything up to here was handled: the stream may forget it. */
  get handled(): number {
    return this.position;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { stream } = this.services;
    for (let seen = -1; !signal.aborted; ) {
      const version = stream.newest(this.table);
      if (version === seen) {
        await stream.recordAfter(this.table, seen, signal);
        continue;
      }
      const early = this.invokedAt + this.paceMs - Date.now();
      if (early > 0) await pause(early, signal);
      const { batch, scanned } = await this.collect(signal);
      // Less than the position when everything was skipped while the window was open.
      if (scanned <= this.position) {
        seen = version;
        continue;
      }
      const fresh = batch.filter(({ position }) => position > this.position);
      if (fresh.length > 0) await this.handle(fresh, signal);
      else if (Date.now() - this.savedAt < SAVE_EVERY_MS) {
        this.position = scanned;
        continue;
      }
      if (!signal.aborted) this.advance(scanned);
    }
  }

  /** Matching records, up to a batch or the end of the window, and how far that looked. */
  private async collect(signal: AbortSignal) {
    const { batchSize, windowMs, kinds } = this.mapping;
    const batch: Positioned[] = [];
    let scanned = this.position;
    let bytes = 0;
    for (let deadline: number | undefined; ; ) {
      for (const one of this.services.stream.read(this.table, scanned, READ_LIMIT)) {
        const matches = (kinds?.has(one.kind) ?? true) && this.mapping.matches(one.record);
        bytes += matches ? one.size : 0;
        if (batch.length > 0 && bytes > MAX_EVENT_BYTES) return { batch, scanned };
        scanned = one.position;
        if (matches && batch.push(one) === batchSize) return { batch, scanned };
      }
      if (batch.length === 0) return { batch, scanned };
      deadline ??= Date.now() + windowMs;
      if (Date.now() >= deadline || signal.aborted) return { batch, scanned };
      await pause(Math.min(LOOK_EVERY_MS, deadline - Date.now()), signal);
    }
  }

  private async handle(batch: readonly Positioned[], signal: AbortSignal): Promise<void> {
    const { sourceArn: eventSourceARN, functionName } = this.mapping;
    this.invokedAt = Date.now();
    await runBatch(batch, this.mapping, {
      signal,
      invoke: (records) => {
        const Records = records.map(({ record }) => ({ ...record, eventSourceARN }));
        return this.services.invoker.invoke(functionName, JSON.stringify({ Records }));
      },
      giveUp: (records, condition, invokeCount) => this.giveUp(records, condition, invokeCount),
      advance: (position) => this.advance(position),
      handled: () => this.position,
    });
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
  private async giveUp(
    records: readonly Positioned[],
    condition: GiveUpCondition,
    approximateInvokeCount: number,
  ): Promise<void> {
    const { onFailureArn, functionName, sourceArn } = this.mapping;
    console.error(`${functionName} gave up ${records.length} stream records: ${condition}`);
    if (onFailureArn === undefined) return;
    const [first] = records;
    const last = records.at(-1);
    const arrival = (one: Positioned | undefined) =>
      new Date((one?.record.dynamodb.ApproximateCreationDateTime ?? 0) * 1000).toISOString();
    const payload = {
      requestContext: {
        requestId: randomUUID(),
        functionArn: functionName,
        condition,
        approximateInvokeCount,
      },
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: 'Unhandled',
      },
      version: '1.0',
      timestamp: new Date().toISOString(),
      DDBStreamBatchInfo: {
        shardId: SHARD,
        startSequenceNumber: first?.record.dynamodb.SequenceNumber,
        endSequenceNumber: last?.record.dynamodb.SequenceNumber,
        approximateArrivalOfFirstRecord: arrival(first),
        approximateArrivalOfLastRecord: arrival(last),
        batchSize: records.length,
        streamArn: sourceArn,
      },
    };
    const record = { arn: onFailureArn, payload: JSON.stringify(payload) };
    await deliverUnlessGone(this.services.deliver, record, this.mapping.id);
  }

  /** Skips everything that is in the stream now. */
  skip(): void {
    this.advance(this.services.stream.latest(this.table));
  }

  private advance(position: number): void {
    if (position <= this.position) return;
    this.position = position;
    this.savedAt = Date.now();
    this.services.positions.set(this.key, position);
  }
}
