import { ConditionFailed, transactWrite } from '../shared/dynamo/index.ts';
import { invalid } from '../shared/errors.ts';
import { checkBatch } from './limits.ts';
import { chunkWrite } from './metric-store.ts';
import { type Metric, RUN_NAME_TAG } from './run.ts';
import { changeRun, loadRun, paramChanged, refusal, runIsActive } from './run-store.ts';

interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface LogBatchInput {
  readonly run_id: string;
  readonly metrics?: readonly Metric[];
  readonly params?: readonly Pair[];
  readonly tags?: readonly Pair[];
}

/**
 * Logs to a run that is there and active. Params and tags are one conditional write (a param never
 * changes), metrics one packed item; a retry of the same batch changes nothing that a reader sees.
 */
export async function logBatch(input: LogBatchInput): Promise<undefined> {
  const { run_id, metrics = [], params = [], tags = [] } = input;
  checkBatch({ metrics, params, tags });
  if (params.length > 0) await writeParams(run_id, params);
  if (metrics.length > 0) await writeMetrics(run_id, metrics);
  if (tags.length > 0) await writeTags(run_id, tags);
  if (params.length + metrics.length + tags.length === 0) await loadRun(run_id);
  return undefined;
}

async function writeMetrics(runId: string, metrics: readonly Metric[]): Promise<void> {
  try {
    await transactWrite([runIsActive(runId), chunkWrite(runId, metrics)]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw refusal(runId, error);
    throw error;
  }
}

async function writeParams(runId: string, params: readonly Pair[]): Promise<void> {
  const unchanged = params.map(
    (_, i) => `(attribute_not_exists(params.#k${i}) OR params.#k${i} = :v${i})`,
  );
  try {
    await changeRun(runId, { ...mapUpdate('params', params), condition: unchanged.join(' AND ') });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw await changedParams(runId, params);
  }
}

export async function writeTags(runId: string, tags: readonly Pair[]): Promise<void> {
  const name = tags.findLast(({ key }) => key === RUN_NAME_TAG)?.value;
  const latest = [...new Map(tags.map((tag) => [tag.key, tag])).values()];
  const { update, names, values } = mapUpdate('tags', latest);
  await changeRun(runId, {
    update: name === undefined ? update : `${update}, run_name = :runName`,
    names,
    values: name === undefined ? values : { ...values, ':runName': name },
  });
}

function mapUpdate(map: 'params' | 'tags', pairs: readonly Pair[]) {
  return {
    update: `SET ${pairs.map((_, i) => `${map}.#k${i} = :v${i}`).join(', ')}`,
    names: Object.fromEntries(pairs.map(({ key }, i) => [`#k${i}`, key])),
    values: Object.fromEntries(pairs.map(({ value }, i) => [`:v${i}`, value])),
  };
}

async function changedParams(runId: string, params: readonly Pair[]): Promise<Error> {
  const { params: present } = await loadRun(runId);
  const changed = params.filter(
    ({ key, value }) => present[key] !== undefined && present[key] !== value,
  );
  const [first] = changed;
  if (first && params.length === 1) {
    return paramChanged(runId, first.key, present[first.key] ?? '', first.value);
  }
  const listed = changed.map(
    ({ key, value }) =>
      `{'key': '${key}', 'old_value': '${present[key]}', 'new_value': '${value}'}`,
  );
  return invalid(
    `Changing param values is not allowed. Params were already logged='[${listed.join(', ')}]' for run ID='${runId}'.`,
  );
}
