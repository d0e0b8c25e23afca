import { gunzipSync, gzipSync } from 'node:zlib';
import { key } from '../../shared/dynamo/index.ts';
import { type Delivery, webhookOf } from './delivery.ts';

/** History is kept for so long after a delivery was made. */
const RETENTION_SECONDS = 30 * 24 * 3600;

/** Characters of a body from which on it is packed: as JSON a model's texts may be longer than a row. */
const PACKED_LENGTH = 64 * 1024;

export const isLong = (body: string): boolean => body.length >= PACKED_LENGTH;

const DUE_DIGITS = 13;

/** Sort key of a row that says what is due: in the order of times (epoch milliseconds). */
export const pendingSort = (due: number, id: string): string =>
  key('PENDING', String(due).padStart(DUE_DIGITS, '0'), id);

export const partition = (webhookId: string) => key('WEBHOOK', webhookId);

export const deliveryKey = (id: string) => ({
  pk: partition(webhookOf(id)),
  sk: key('DELIVERY', id),
});

export type DeliveryRow = Omit<Delivery, 'body'> & {
  readonly body?: string;
  /** The body by gzip, when it is long. */
  readonly packed?: Uint8Array;
} & Record<string, unknown>;

export function toDelivery(row: DeliveryRow): Delivery {
  const { pk: _pk, sk: _sk, expiresAt: _expires, packed, body = '', ...delivery } = row;
  return { ...delivery, body: packed ? gunzipSync(packed).toString('utf8') : body };
}

export function toRow({ body, ...delivery }: Delivery): DeliveryRow {
  return {
    ...delivery,
    ...(isLong(body) ? { packed: gzipSync(body) } : { body }),
    ...deliveryKey(delivery.id),
    expiresAt: Math.floor(Date.parse(delivery.created_at) / 1000) + RETENTION_SECONDS,
  };
}

/** What stays of a delivery whose body is more than a row holds, packed, too. */
export function withoutBody(delivery: Delivery): Delivery {
  const bytes = Buffer.byteLength(delivery.body);
  const error = `The body has ${bytes} bytes, more than a delivery holds: nothing was sent`;
  return {
    ...delivery,
    body: '',
    status: 'FAILED',
    attempts: [{ at: delivery.created_at, error, duration_ms: 0 }],
  };
}
