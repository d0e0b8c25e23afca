import { newShortId } from '../../shared/ids.ts';

/**
 * Packed points in the item OPEN are attributes of it, one for each process that logs. A map of them would
 * be copied whole as often as an expression names one of its entries, at least by the local host's engine.
 */
export type ChunkName = `chunk#${string}` | `chunks.${string}`;

/** What an item has of chunks. */
export interface Chunks {
  readonly [name: `chunk#${string}`]: Uint8Array;
  /** Where they are in items that were made before they were attributes. */
  readonly chunks?: Readonly<Record<string, Uint8Array>>;
}

export const newChunkName = (): `chunk#${string}` => `chunk#${newShortId()}`;

const isAttribute = (name: string): name is `chunk#${string}` => name.startsWith('chunk#');

/** All chunks of an item by their names. */
export function chunksIn(open: Chunks): ReadonlyMap<ChunkName, Uint8Array> {
  const found = new Map<ChunkName, Uint8Array>();
  for (const name in open) {
    const chunk = isAttribute(name) ? open[name] : undefined;
    if (chunk) found.set(name as ChunkName, chunk);
  }
  for (const [id, chunk] of Object.entries(open.chunks ?? {})) found.set(`chunks.${id}`, chunk);
  return found;
}

/** How an expression comes to a chunk: the path, in which `alias` stands for the name. */
export const chunkPath = (name: ChunkName, alias: string) =>
  isAttribute(name)
    ? ([alias, alias, name] as const)
    : ([`chunks.${alias}`, alias, name.slice('chunks.'.length)] as const);
