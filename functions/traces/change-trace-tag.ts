import { type DomainError, notFound } from '../shared/errors.ts';
import { checkKey, storedTag } from '../tracking/index.ts';
import { type Trace, traceMissing } from './trace.ts';
import { changeTrace } from './trace-store.ts';

export async function setTraceTag(
  traceId: string,
  given: { readonly key: string; readonly value?: string },
): Promise<undefined> {
  checkKey(given.key, 'key');
  const { key, value } = storedTag({ key: given.key, value: given.value ?? '' });
  await changeTags(traceId, traceMissing, (tags) => ({ ...tags, [key]: value }));
}

export async function deleteTraceTag(traceId: string, key: string): Promise<undefined> {
  const missing = () => notFound(`No trace tag with key '${key}' for trace with ID '${traceId}'`);
  await changeTags(traceId, missing, (tags) => {
    if (!Object.hasOwn(tags, key)) throw missing();
    const { [key]: _gone, ...rest } = tags;
    return rest;
  });
}

async function changeTags(
  traceId: string,
  missing: (traceId: string) => DomainError,
  change: (tags: Trace['tags']) => Trace['tags'],
): Promise<void> {
  await changeTrace(traceId, (before) => {
    if (!before) throw missing(traceId);
    return { ...before, trace: { ...before.trace, tags: change(before.trace.tags) } };
  });
}
