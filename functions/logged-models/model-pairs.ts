import { invalid } from '../shared/errors.ts';
import { checkFirstKey, storedParam, storedTag } from '../tracking/index.ts';

export interface Pair {
  readonly key: string;
  readonly value?: string;
}

/** Params by key, with the lengths of a run's params. A key may come once. */
export function storedParams(params: readonly Pair[]): Record<string, string> {
  const stored = new Map<string, string>();
  for (const [i, { key, value = '' }] of params.entries()) {
    checkFirstKey(key, `params[${i}].key`);
    if (stored.has(key)) {
      throw invalid(`Duplicate parameter keys have been submitted: ['${key}']`);
    }
    stored.set(key, storedParam({ key, value }).value);
  }
  return Object.fromEntries(stored);
}

/** Tags by key, with the lengths of a run's tags; the last value of a key counts. */
export function storedTags(tags: readonly Pair[]): Record<string, string> {
  return Object.fromEntries(
    tags.map(({ key, value = '' }, i) => {
      checkFirstKey(key, `tags[${i}].key`);
      return [key, storedTag({ key, value }).value];
    }),
  );
}
