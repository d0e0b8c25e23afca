import { invalid } from '../shared/errors.ts';
import { checkKey, storedParam, storedTag } from '../tracking/index.ts';

export interface Pair {
  readonly key: string;
  readonly value?: string;
}

/** Params by key, with the limits of a run's params. A key may come once. */
export function storedParams(params: readonly Pair[]): Record<string, string> {
  const stored: Record<string, string> = {};
  for (const [i, { key, value = '' }] of params.entries()) {
    checkKey(key, `params[${i}].key`);
    if (Object.hasOwn(stored, key)) {
      throw invalid(`Duplicate parameter keys have been submitted: ['${key}']`);
    }
    stored[key] = storedParam({ key, value }).value;
  }
  return stored;
}

/** Tags by key, with the limits of a run's tags; the last value of a key counts. */
export function storedTags(tags: readonly Pair[]): Record<string, string> {
  const stored: Record<string, string> = {};
  for (const [i, { key, value = '' }] of tags.entries()) {
    checkKey(key, `tags[${i}].key`);
    stored[key] = storedTag({ key, value }).value;
  }
  return stored;
}
