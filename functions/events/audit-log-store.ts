import {
  batchGet,
  ConditionFailed,
  getItem,
  key,
  queryPage,
  transactWrite,
  type Write,
} from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import type { AuditEvent } from './audit-event.ts';

const EVENTS_PER_BLOCK = 10_000;

/** Two rows an event and the head, within DynamoDB's 100 writes a transaction. */
const EVENTS_PER_TRANSACTION = 40;

/** Streams keep a record for one day and dead letters for 14: later than that nothing comes twice. */
const CLAIM_SECONDS = 30 * 24 * 3600;

/** Relays of other shards append at the same time; each round at least one of them succeeds. */
const MAX_ROUNDS = 50;

const HEAD = { pk: 'EVENTS', sk: 'HEAD' } as const;
const SEQ_DIGITS = 12;

const seqKey = (seq: number) => String(seq).padStart(SEQ_DIGITS, '0');
export const blockOf = (seq: number) => Math.floor((seq - 1) / EVENTS_PER_BLOCK);
const blockKey = (block: number) => key('EVENTS', String(block).padStart(8, '0'));
const claimKey = (id: string) => ({ pk: key('EVENT', id), sk: 'CLAIM' });

type Unnumbered = Omit<AuditEvent, 'seq'>;

interface Row {
  readonly seq: number;
  readonly event: string;
}

/** Position of the newest event; 0 in an empty log. */
export async function lastSeq(): Promise<number> {
  const head = await getItem<{ last: number }>(requiredEnv('PLATFORM_TABLE'), HEAD);
  return head?.last ?? 0;
}

/**
 * Appends events in the order given, each once: one that was appended before (its id is claimed)
 * is left out. Positions have no gaps, because the head moves in the transaction of the rows.
 */
export async function appendEvents(events: readonly Unnumbered[], now: number): Promise<void> {
  const byId = new Map(events.map((event) => [event.id, event]));
  for (let rest = [...byId.values()]; rest.length > 0; ) {
    await appendChunk(rest.slice(0, EVENTS_PER_TRANSACTION), now);
    rest = rest.slice(EVENTS_PER_TRANSACTION);
  }
}

async function appendChunk(chunk: readonly Unnumbered[], now: number): Promise<void> {
  const table = requiredEnv('PLATFORM_TABLE');
  // Hardly ever does an event come twice: its claim is looked for when one is in the way.
  let fresh = chunk;
  for (let round = 0; round < MAX_ROUNDS && fresh.length > 0; round++) {
    try {
      await transactWrite(appendWrites(table, fresh, await lastSeq(), now));
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.index > 0) {
        fresh = await unclaimed(table, fresh);
        continue;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * (round + 1)));
    }
  }
  if (fresh.length > 0) throw new Error(`The audit log was contended for ${MAX_ROUNDS} rounds`);
}

async function unclaimed(table: string, events: readonly Unnumbered[]): Promise<Unnumbered[]> {
  const keys = events.map((event) => claimKey(event.id));
  const claims = await batchGet<{ pk: string }>(table, keys);
  const claimed = new Set(claims.map((claim) => claim.pk));
  return events.filter((event) => !claimed.has(claimKey(event.id).pk));
}

function appendWrites(
  table: string,
  events: readonly Unnumbered[],
  last: number,
  now: number,
): Write[] {
  const head: Write = {
    table,
    put: { ...HEAD, last: last + events.length },
    condition: last === 0 ? 'attribute_not_exists(pk)' : '#last = :last',
    ...(last > 0 && { names: { '#last': 'last' }, values: { ':last': last } }),
  };
  const rows = events.flatMap((event, index): Write[] => {
    const seq = last + index + 1;
    const row = {
      pk: blockKey(blockOf(seq)),
      sk: seqKey(seq),
      seq,
      type: 'event',
      eventType: event.type,
      subject: event.subject,
      event: JSON.stringify(event),
    };
    const claim = { ...claimKey(event.id), seq, expiresAt: Math.floor(now / 1000) + CLAIM_SECONDS };
    return [
      { table, put: row },
      { table, put: claim, condition: 'attribute_not_exists(pk)' },
    ];
  });
  return [head, ...rows];
}

interface EventPage {
  readonly events: AuditEvent[];
  /** Last position that was looked at; the page's end is not the log's end when it is below the head. */
  readonly seen: number;
}

const toEvent = (row: Row): AuditEvent => ({ seq: row.seq, ...JSON.parse(row.event) });

/** Events of one block after a position, at most `limit` looked at, strongly consistent. */
export async function readBlock(
  block: number,
  after: number,
  options: { type?: string | undefined; limit: number },
): Promise<EventPage> {
  const last = (block + 1) * EVENTS_PER_BLOCK;
  const page = await queryPage<Row>({
    table: requiredEnv('PLATFORM_TABLE'),
    condition: 'pk = :pk AND sk > :after',
    values: {
      ':pk': blockKey(block),
      ':after': seqKey(after),
      ...(options.type && { ':type': options.type }),
    },
    ...(options.type && { filter: 'eventType = :type' }),
    limit: options.limit,
  });
  return { events: page.items.map(toEvent), seen: positionOf(page.nextKey) ?? last };
}

/** Events of one subject after a position, by index: the newest may be missing for a moment. */
export async function readSubject(
  subject: string,
  after: number,
  options: { type?: string | undefined; limit: number },
): Promise<EventPage> {
  const page = await queryPage<Row>({
    table: requiredEnv('PLATFORM_TABLE'),
    index: 'bySubject',
    condition: 'subject = :subject AND sk > :after',
    values: {
      ':subject': subject,
      ':after': seqKey(after),
      ...(options.type && { ':type': options.type }),
    },
    ...(options.type && { filter: 'eventType = :type' }),
    limit: options.limit,
  });
  const seen = positionOf(page.nextKey) ?? Number.POSITIVE_INFINITY;
  return { events: page.items.map(toEvent), seen };
}

const positionOf = (nextKey: Record<string, unknown> | undefined) =>
  nextKey === undefined ? undefined : Number(nextKey.sk);
