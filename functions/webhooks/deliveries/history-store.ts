import { chunksOf } from '../../shared/chunks.ts';
import { getItem, queryAll, queryPage } from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import { type Delivery, type DeliveryStatus, webhookOf } from './delivery.ts';
import { fromPack, type Pack } from './delivery-pack.ts';
import { type DeliveryRow, deliveryKey, partition, toDelivery } from './delivery-row.ts';
import { getDeliveries } from './delivery-store.ts';

/** Characters of the bodies that one answer lists: Lambda's have 6 MB, quotes among them twice. */
const LISTED_LENGTH = 2_000_000;

const tableName = () => requiredEnv('REGISTRY_TABLE');

export async function findDelivery(id: string): Promise<Delivery | undefined> {
  const own = () => getItem<DeliveryRow>(tableName(), deliveryKey(id));
  const row = await own();
  if (row) return toDelivery(row);
  for await (const packed of packedDeliveries(webhookOf(id))) {
    if (packed.id === id) return packed;
  }
  // It may have left its pack since the first look.
  const late = await own();
  return late && toDelivery(late);
}

/** What waits in packs for its first attempt. */
async function* packedDeliveries(webhookId: string): AsyncGenerator<Delivery> {
  for await (const pack of queryAll<Pack>({
    table: tableName(),
    condition: 'pk = :pk AND begins_with(sk, :prefix)',
    values: { ':pk': partition(webhookId), ':prefix': 'PENDING#' },
    filter: 'attribute_exists(packed)',
  })) {
    yield* fromPack(pack);
  }
}

interface Options {
  readonly after?: string | undefined;
  readonly status?: DeliveryStatus | undefined;
  readonly limit: number;
}

/** History of a webhook, the newest first, after a delivery. */
export async function listDeliveries(
  webhookId: string,
  options: Options,
): Promise<{ deliveries: Delivery[]; next?: string }> {
  // Before the rows: what leaves its pack meanwhile has a row then.
  const waiting = await listWaiting(webhookId, options);
  const { rows, end } = await listRows(webhookId, options);
  const known = new Set(rows.map(({ id }) => id));
  const all = [...rows, ...waiting.filter(({ id }) => !known.has(id))].sort(newestFirst);
  const seen = end === undefined ? all : all.filter(({ id }) => id >= end);
  const shown = listable(seen.slice(0, options.limit));
  const last = shown.at(-1);
  const more = end !== undefined || seen.length > shown.length;
  return { deliveries: shown, ...(more && last && { next: last.id }) };
}

const newestFirst = (a: Delivery, b: Delivery) => (a.id < b.id ? 1 : -1);

/** Deliveries that have no rows yet, the newest first: one more than asked for, at least, if there are. */
async function listWaiting(webhookId: string, options: Options): Promise<Delivery[]> {
  const { after, status, limit } = options;
  if (status !== undefined && status !== 'PENDING') return [];
  const byId = new Map<string, Delivery>();
  for await (const one of packedDeliveries(webhookId)) {
    if (after === undefined || one.id < after) byId.set(one.id, one);
  }
  const packed = [...byId.values()].sort(newestFirst);
  if (status === undefined) return packed;
  // Rows of another status are not read: here one looks whether there are any.
  const waiting: Delivery[] = [];
  for (const some of chunksOf(packed, limit + 1)) {
    const rows = await getDeliveries(some.map(({ id }) => id));
    waiting.push(...some.filter(({ id }) => !rows.has(id)));
    if (waiting.length > limit) break;
  }
  return waiting;
}

/** Rows of deliveries, the newest first, and the id of the last that was looked at if there are more. */
async function listRows(
  webhookId: string,
  options: Options,
): Promise<{ rows: Delivery[]; end?: string }> {
  const rows: Delivery[] = [];
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
    rows.push(...page.items.map(toDelivery));
    start = page.nextKey;
  } while (start && rows.length < options.limit && listable(rows).length === rows.length);
  return { rows, ...(start && { end: String(start.sk).slice('DELIVERY#'.length) }) };
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
