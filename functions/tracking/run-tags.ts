import { ConditionFailed } from '../shared/dynamo/index.ts';
import { notFound } from '../shared/errors.ts';
import { checkTag } from './limits.ts';
import { writeTags } from './log-batch.ts';
import { runNotActive } from './run.ts';
import { changeRun, loadRun } from './run-store.ts';

export async function setTag(input: {
  readonly run_id: string;
  readonly key: string;
  readonly value?: string;
}): Promise<undefined> {
  const { run_id, key, value = '' } = input;
  checkTag({ key, value });
  await writeTags(run_id, [{ key, value }]);
  return undefined;
}

export async function deleteTag(input: {
  readonly run_id: string;
  readonly key: string;
}): Promise<undefined> {
  const { run_id, key } = input;
  const missing = notFound(`No tag with name: ${key} in run with id ${run_id}`);
  const run = await loadRun(run_id);
  if (run.lifecycle_stage !== 'active') throw runNotActive(run_id);
  if (run.tags[key] === undefined) throw missing;
  try {
    await changeRun(run_id, {
      update: 'REMOVE tags.#key',
      names: { '#key': key },
      condition: 'attribute_exists(tags.#key)',
    });
  } catch (error) {
    throw error instanceof ConditionFailed ? missing : error;
  }
  return undefined;
}

const HISTORY_TAG = 'mlflow.log-model.history';

/** Appends a logged model to the run's history tag, as clients before MLflow 3 do. */
export async function logModel(input: {
  readonly run_id: string;
  readonly model_json: string;
}): Promise<undefined> {
  const run = await loadRun(input.run_id);
  const history = JSON.parse(run.tags[HISTORY_TAG] ?? '[]') as unknown[];
  const value = JSON.stringify([...history, JSON.parse(input.model_json)]);
  await writeTags(input.run_id, [{ key: HISTORY_TAG, value }]);
  return undefined;
}
