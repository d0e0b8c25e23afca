import * as z from 'zod/mini';
import type { EventDefinition } from './define.ts';

/**
 * An event's data as its definition says, without fields that this reader does not know: a publisher of a
 * later release may have added optional ones. Whatever else differs is an error, as for publishers.
 */
export function readData<T>({ schema }: EventDefinition<T>, data: unknown): T {
  const read = z.safeParse(schema, data);
  if (read.success) return read.data;
  const known = structuredClone(data);
  for (const issue of read.error.issues) {
    if (issue.code === 'unrecognized_keys') removeKeys(known, issue.path, issue.keys);
  }
  return z.parse(schema, known);
}

function removeKeys(data: unknown, path: readonly PropertyKey[], keys: readonly string[]): void {
  let owner = data as Record<PropertyKey, unknown>;
  for (const step of path) owner = owner[step] as Record<PropertyKey, unknown>;
  for (const key of keys) delete owner[key];
}
