import { batchGet, type Key, key, writeOne } from '../dynamo/index.ts';

/** Bytes of a packed segment; DynamoDB takes 400 KB, and the item names what is in it besides. */
export const MAX_SEGMENT = 256 * 1024;

/** A packed segment; what names its contents when the body is damaged lies beside it. */
export interface SegmentItem extends Key {
  readonly body: Uint8Array;
}

const PREFIX = 'SEGMENT';

const segmentKey = (id: string): Key => ({ pk: key(PREFIX, id), sk: 'ROWS' });

export async function putSegmentItem(
  table: string,
  id: string,
  attributes: { readonly body: Uint8Array; readonly [name: string]: Uint8Array },
): Promise<void> {
  await writeOne({ table, put: { ...segmentKey(id), ...attributes } });
}

export async function deleteSegmentItem(table: string, id: string): Promise<void> {
  await writeOne({ table, delete: segmentKey(id) });
}

/** Segments by their ids; one that was deleted meanwhile is missing. */
export async function readSegmentItems<Item extends SegmentItem>(
  table: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Item>> {
  const keys = ids.map(segmentKey);
  // What never changes may be read at half the price; what is not there yet is looked for again.
  const items = await batchGet<Item>(table, keys, { consistent: false });
  const seen = new Set(items.map(({ pk }) => pk));
  const unseen = keys.filter(({ pk }) => !seen.has(pk));
  const all = [...items, ...(await batchGet<Item>(table, unseen))];
  return new Map(all.map((item) => [item.pk.slice(PREFIX.length + 1), item]));
}
