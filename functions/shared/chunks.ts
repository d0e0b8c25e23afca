/** The items in their order, `size` (1 or more) at a time; the last list may be shorter. */
export function* chunksOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/**
 * What `map` answers for each item, in the order of the items; never more than `atOnce` calls run at
 * the same time. The first that throws ends it: later chunks are not begun.
 */
export async function mapInChunks<T, R>(
  items: readonly T[],
  atOnce: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const mapped: R[] = [];
  for (const chunk of chunksOf(items, atOnce)) {
    for (const one of await Promise.all(chunk.map(map))) mapped.push(one);
  }
  return mapped;
}
