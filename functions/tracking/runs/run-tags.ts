import { ConditionFailed } from '../../shared/dynamo/index.ts';
import { notFound } from '../../shared/errors.ts';
import { checkTag, storedTag } from '../limits.ts';
import { writePairs } from './log-batch.ts';
import { changeRun, type RunItem } from './run-store.ts';
import { changeWideRun } from './wide-run-store.ts';

export async function setTag(input: {
  readonly run_id: string;
  readonly key: string;
  readonly value?: string;
}): Promise<undefined> {
  const { run_id, key, value = '' } = input;
  checkTag({ key, value });
  await writePairs(run_id, [], [storedTag({ key, value })]);
  return undefined;
}

export async function deleteTag(input: {
  readonly run_id: string;
  readonly key: string;
}): Promise<undefined> {
  const { run_id, key } = input;
  try {
    await changeRun(run_id, {
      update: 'REMOVE tags.#key',
      names: { '#key': key },
      condition: 'attribute_exists(tags.#key)',
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const missing = notFound(`No tag with name: ${key} in run with id ${run_id}`);
    if (!(error.item as RunItem | undefined)?.pages) throw missing;
    await changeWideRun(run_id, ({ tags }) => {
      if (!Object.hasOwn(tags, key)) throw missing;
      return { params: {}, tags: {}, deleted: [key] };
    });
  }
  return undefined;
}
