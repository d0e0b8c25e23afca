import { invalid } from '../shared/errors.ts';
import { checkFirstKey } from '../tracking/index.ts';

export interface Pair {
  readonly key: string;
  readonly value?: string;
}

/** Params by key; values are not cut, as those of runs are. A key may come once. */
export function storedParams(params: readonly Pair[]): Record<string, string> {
  const stored = new Map<string, string>();
  for (const [i, { key, value = '' }] of params.entries()) {
    checkFirstKey(key, `params[${i}].key`);
    if (stored.has(key)) {
      throw invalid(`Duplicate parameter keys have been submitted: ['${key}']`);
    }
    stored.set(key, value);
  }
  return Object.fromEntries(stored);
}

/** Tags by key; values are not cut, as those of runs are. The last value of a key counts. */
export function storedTags(tags: readonly Pair[]): Record<string, string> {
  return Object.fromEntries(
    tags.map(({ key, value = '' }, i) => {
      checkFirstKey(key, `tags[${i}].key`);
      return [key, value];
    }),
  );
}
