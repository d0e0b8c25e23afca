import { chunksOf } from '../../shared/chunks.ts';
import {
  batchGet,
  ConditionFailed,
  ItemTooLarge,
  queryPage,
  transactWrite,
  type Write,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import type { Delivery } from './delivery.ts';
import { fromPack, isPackable, PACK_SIZE, type Pack, toPack } from './delivery-pack.ts';
import {
  type DeliveryRow,
  deliveryKey,
  partition,
  pendingSort,
  toDelivery,
  toRow,
  withoutBody,
} from './delivery-row.ts';

/** What is due: a delivery that has a row, or several in a pack. Rows in the order of their times. */
export type Pending = PendingOne | Pack;

interface PendingOne {
  readonly sk: string;
  readonly delivery_id: string;
  /** Epoch milliseconds. */
  readonly due: number;
}

const tableName = () => requiredEnv('REGISTRY_TABLE');

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
 * Writes new deliveries of one webhook that are due at once; those that are there already stay as they
 * are. Answers those that could not be written: they keep no other from being written.
 */
export async function insertDeliveries(deliveries: readonly Delivery[]): Promise<NotWritten[]> {
  const packable = deliveries.filter(isPackable);
  const packed = packable.length > 1 ? packable : [];
  const others = packed.length > 0 ? deliveries.filter((one) => !isPackable(one)) : deliveries;
  const written = await Promise.all([
    ...Array.from(chunksOf(packed, PACK_SIZE), insertPacked),
    ...Array.from(chunksOf(others, DELIVERIES_PER_TRANSACTION), insertTogether),
  ]);
  return written.flat();
}

/** In one row. That some are there already is seen by the lane, in which one run at a time looks. */
async function insertPacked(deliveries: readonly Delivery[]): Promise<NotWritten[]> {
  const [first, ...others] = deliveries;
  if (!first) return [];
  try {
    await writeOne({ table: tableName(), put: toPack([first, ...others]) });
    return [];
  } catch (error) {
    if (error instanceof ItemTooLarge) return insertTogether(deliveries);
    return deliveries.map((delivery) => ({ delivery, error }));
  }
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
interface SavedOutcome {
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
  const next: Write[] = after.status === 'PENDING' ? [{ table, put: pendingPut(after) }] : [];
  if ('packed' in pending) {
    return [{ table, put: toRow(after), condition: 'attribute_not_exists(pk)' }, ...next];
  }
  return [
    { table, delete: { pk, sk: pending.sk }, condition: 'attribute_exists(pk)' },
    { table, put: toRow(after) },
    ...next,
  ];
}

/** Removes packs all of whose deliveries have rows. */
export async function removePacks(webhookId: string, rows: readonly Pending[]): Promise<void> {
  const keys = rows
    .filter((row) => 'packed' in row)
    .map(({ sk }) => ({ pk: partition(webhookId), sk }));
  await Promise.all(keys.map((key) => writeOne({ table: tableName(), delete: key })));
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

/** A delivery that is due; undefined when its history expired while it waited. */
interface Due {
  readonly pending: Pending;
  readonly id: string;
  readonly delivery: Delivery | undefined;
}

/** The deliveries that are meant by rows. Of a pack those that have no row yet: the others were tried. */
export async function loadDue(rows: readonly Pending[]): Promise<Due[]> {
  const all: Due[] = rows.flatMap((pending): Due[] =>
    'packed' in pending
      ? fromPack(pending).map((delivery) => ({ pending, id: delivery.id, delivery }))
      : [{ pending, id: pending.delivery_id, delivery: undefined }],
  );
  const found = await getDeliveries([...new Set(all.map(({ id }) => id))]);
  // A packed delivery that another row of these means as well is that row's.
  const seen = new Set<string>(found.keys());
  return all.flatMap((due) => {
    if (!('packed' in due.pending)) return [{ ...due, delivery: found.get(due.id) }];
    if (seen.has(due.id)) return [];
    seen.add(due.id);
    return [due];
  });
}

export async function getDeliveries(ids: readonly string[]): Promise<Map<string, Delivery>> {
  const rows = await batchGet<DeliveryRow>(tableName(), ids.map(deliveryKey));
  return new Map(rows.map((row) => [row.id, toDelivery(row)]));
}
