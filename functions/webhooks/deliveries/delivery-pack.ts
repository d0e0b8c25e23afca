import { gunzipSync, gzipSync } from 'node:zlib';
import { newId } from '../../shared/ids.ts';
import type { Delivery } from './delivery.ts';
import { isLong, partition, pendingSort } from './delivery-row.ts';

/** Deliveries of a pack: as many as a lane sends at once. */
export const PACK_SIZE = 10;

/**
 * New deliveries of one webhook that have no rows of their own before their first attempt: of a flood one
 * row is written for ten events instead of twenty, which is what a partition takes.
 */
export interface Pack {
  readonly sk: string;
  /** Epoch milliseconds. */
  readonly due: number;
  readonly packed: Uint8Array;
}

/** Whether a delivery may go into a pack: a pack of long bodies would be more than a row. */
export const isPackable = ({ body, status }: Delivery): boolean =>
  status === 'PENDING' && !isLong(body);

/** The row of new deliveries of one webhook. */
export function toPack(deliveries: readonly [Delivery, ...Delivery[]]): Pack & { pk: string } {
  const [{ webhook_id, created_at }] = deliveries;
  const due = Date.parse(created_at);
  return {
    pk: partition(webhook_id),
    sk: pendingSort(due, newId()),
    due,
    packed: gzipSync(JSON.stringify(deliveries)),
  };
}

export const fromPack = ({ packed }: Pick<Pack, 'packed'>): Delivery[] =>
  JSON.parse(gunzipSync(packed).toString('utf8')) as Delivery[];
