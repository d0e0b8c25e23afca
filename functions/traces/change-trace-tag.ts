import { notFound } from '../shared/errors.ts';
import { checkKey, storedTag } from '../tracking/index.ts';
import { type Trace, traceMissing } from './trace.ts';
import { changeTrace } from './trace-store.ts';

export async function setTraceTag(
  traceId: string,
  given: { readonly key: string; readonly value?: string },
): Promise<undefined> {
  checkKey(given.key, 'key');
  const { key, value } = storedTag({ key: given.key, value: given.value ?? '' });
  await changeTags(traceId, (tags) => ({ ...tags, [key]: value }));
}

export async function deleteTraceTag(traceId: string, key: string): Promise<undefined> {
  await changeTags(traceId, (tags) => {
    if (!Object.hasOwn(tags, key)) {
      throw notFound(`No trace tag with key '${key}' for trace with ID '${traceId}'`);
    }
    const { [key]: _gone, ...rest } = tags;
    return rest;
  });
}

async function changeTags(
  traceId: string,
  change: (tags: Trace['tags']) => Trace['tags'],
): Promise<void> {
  await changeTrace(traceId, (before) => {
    if (!before) throw traceMissing(traceId);
    return { ...before, trace: { ...before.trace, tags: change(before.trace.tags) } };
  });
}
