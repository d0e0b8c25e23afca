import { ConditionFailed } from '../shared/dynamo/index.ts';
import { notFound } from '../shared/errors.ts';
import { checkTag, storedTag } from './limits.ts';
import { writePairs } from './log-batch.ts';
import { changeRun } from './run-store.ts';

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
    throw notFound(`No tag with name: ${key} in run with id ${run_id}`);
  }
  return undefined;
}
