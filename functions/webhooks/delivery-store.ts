import { chunksOf } from '../shared/chunks.ts';
import {
  batchGet,
  ConditionFailed,
  getItem,
  ItemTooLarge,
  key,
  queryPage,
  transactWrite,
  type Write,
} from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import type { Delivery, DeliveryStatus } from './delivery.ts';
import {
  type DeliveryRow,
  deliveryKey,
  partition,
  toDelivery,
  toRow,
  withoutBody,
} from './delivery-row.ts';

/** Characters of the bodies that one answer lists: Lambda's have 6 MB, quotes among them twice. */
const LISTED_LENGTH = 2_000_000;

const DUE_DIGITS = 13;

/** That a delivery is due: rows in the order of their times. */
export interface Pending {
  readonly sk: string;
  readonly delivery_id: string;
  /** Epoch milliseconds. */
  readonly due: number;
}

const tableName = () => requiredEnv('REGISTRY_TABLE');
const pendingSort = (due: number, id: string) =>
  key('PENDING', String(due).padStart(DUE_DIGITS, '0'), id);

const dueOf = (delivery: Delivery) => Date.parse(delivery.next_attempt_at ?? delivery.created_at);

const pendingPut = (delivery: Delivery) => {
  const due = dueOf(delivery);
  const { pk } = deliveryKey(delivery.id);
  return { pk, sk: pendingSort(due, delivery.id), delivery_id: delivery.id, due };
};

/** Deliveries that one transaction makes: each takes two of its hundred writes, and has a body. */
const DELIVERIES_PER_TRANSACTION = 20;

/** A delivery that could not be written, and why. */
export interface NotWritten {
  readonly delivery: Delivery;
  readonly error: unknown;
}

/**
 * Writes new deliveries that are due at once; those that are there already stay as they are. Answers
 * those that could not be written: they keep no other from being written.
 */
export async function insertDeliveries(deliveries: readonly Delivery[]): Promise<NotWritten[]> {
  const chunks = [...chunksOf(deliveries, DELIVERIES_PER_TRANSACTION)];
  return (await Promise.all(chunks.map(insertTogether))).flat();
}

async function insertTogether(deliveries: readonly Delivery[]): Promise<NotWritten[]> {
  try {
    await transactWrite(deliveries.flatMap(insertWrites));
    return [];
  } catch (error) {
    const [delivery, ...others] = deliveries;
    if (delivery && others.length === 0) {
      // It is there: an event came again.
      if (error instanceof ConditionFailed) return [];
      if (error instanceof ItemTooLarge && delivery.body !== '') {
        return insertTogether([withoutBody(delivery)]);
      }
      return [{ delivery, error }];
    }
    // One of them is there, they are too large, or one is its webhook's one too many at this moment.
    return (await Promise.all(deliveries.map((one) => insertTogether([one])))).flat();
  }
}

const insertWrites = (delivery: Delivery): Write[] => [
  { table: tableName(), put: toRow(delivery), condition: 'attribute_not_exists(pk)' },
  ...(delivery.status === 'PENDING' ? [{ table: tableName(), put: pendingPut(delivery) }] : []),
];

/** What an attempt came to, of a delivery that was due. */
export interface SavedOutcome {
  readonly pending: Pending;
  readonly after: Delivery;
}

/** Outcomes that one transaction writes: each takes three of its hundred writes, and has a body. */
const OUTCOMES_PER_TRANSACTION = 10;

/** Writes what attempts came to; nothing happens to one that somebody else wrote first. */
export async function saveOutcomes(outcomes: readonly SavedOutcome[]): Promise<void> {
  await Promise.all([...chunksOf(outcomes, OUTCOMES_PER_TRANSACTION)].map(saveTogether));
}

async function saveTogether(outcomes: readonly SavedOutcome[]): Promise<void> {
  try {
    await transactWrite(outcomes.flatMap(outcomeWrites));
  } catch (error) {
    if (outcomes.length > 1) {
      // Somebody wrote one of them, or they are too large together.
      await Promise.all(outcomes.map((one) => saveTogether([one])));
    } else if (!(error instanceof ConditionFailed)) throw error;
  }
}

function outcomeWrites({ pending, after }: SavedOutcome): Write[] {
  const table = tableName();
  const { pk } = deliveryKey(after.id);
  return [
    { table, delete: { pk, sk: pending.sk }, condition: 'attribute_exists(pk)' },
    { table, put: toRow(after) },
    ...(after.status === 'PENDING' ? [{ table, put: pendingPut(after) }] : []),
  ];
}

/** What is to be delivered to a webhook, the longest due first, strongly consistent. */
export async function listPending(webhookId: string, limit: number): Promise<Pending[]> {
  const page = await queryPage<Pending>({
    table: tableName(),
    condition: 'pk = :pk AND begins_with(sk, :prefix)',
    values: { ':pk': partition(webhookId), ':prefix': 'PENDING#' },
    limit,
  });
  return page.items;
}

export async function getDeliveries(ids: readonly string[]): Promise<Map<string, Delivery>> {
  const rows = await batchGet<DeliveryRow>(tableName(), ids.map(deliveryKey));
  return new Map(rows.map((row) => [row.id, toDelivery(row)]));
}

export async function findDelivery(id: string): Promise<Delivery | undefined> {
  const row = await getItem<DeliveryRow>(tableName(), deliveryKey(id));
  return row && toDelivery(row);
}

/** History of a webhook, the newest first, after a delivery. */
export async function listDeliveries(
  webhookId: string,
  options: {
    readonly after?: string | undefined;
    readonly status?: DeliveryStatus | undefined;
    readonly limit: number;
  },
): Promise<{ deliveries: Delivery[]; next?: string }> {
  const deliveries: Delivery[] = [];
  let start: Record<string, unknown> | undefined = options.after
    ? deliveryKey(options.after)
    : undefined;
  do {
    const page: { items: DeliveryRow[]; nextKey?: Record<string, unknown> } =
      await queryPage<DeliveryRow>({
        table: tableName(),
        condition: 'pk = :pk AND begins_with(sk, :prefix)',
        values: {
          ':pk': partition(webhookId),
          ':prefix': 'DELIVERY#',
          ...(options.status && { ':status': options.status }),
        },
        ...(options.status && { filter: '#status = :status', names: { '#status': 'status' } }),
        descending: true,
        limit: options.limit,
        ...(start && { startKey: start }),
      });
    deliveries.push(...page.items.map(toDelivery));
    start = page.nextKey;
  } while (
    start &&
    deliveries.length < options.limit &&
    listable(deliveries).length === deliveries.length
  );
  const shown = listable(deliveries.slice(0, options.limit));
  const last = shown.at(-1);
  const more = start !== undefined || deliveries.length > shown.length;
  return { deliveries: shown, ...(more && last && { next: last.id }) };
}

/** The first of them, one at least, whose bodies are not too long together. */
function listable(deliveries: readonly Delivery[]): Delivery[] {
  let length = 0;
  let end = 0;
  for (const { body } of deliveries) {
    length += body.length;
    if (end > 0 && length > LISTED_LENGTH) break;
    end += 1;
  }
  return deliveries.slice(0, end);
}
