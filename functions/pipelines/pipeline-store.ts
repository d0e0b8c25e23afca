import { getItem, key, queryPage, type Write } from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import type { Execution, PipelineLock } from './executions/execution.ts';
import type { Pipeline } from './pipeline.ts';

export const platformTableName = () => requiredEnv('PLATFORM_TABLE');

export const pipelineKey = (name: string) => ({ pk: key('PIPELINE', name), sk: 'META' });
const lockKey = (name: string) => ({ pk: key('PIPELINE', name), sk: 'LOCK' });
const executionKey = (pipeline: string, id: string) => ({
  pk: key('PIPELINE', pipeline),
  sk: key('EXECUTION', id),
});
/** Where an execution lies, for look-ups by its id alone. */
const pointerKey = (id: string) => ({ pk: key('EXECUTION', id), sk: 'META' });

export function getPipeline(name: string): Promise<Pipeline | undefined> {
  return getItem<Pipeline>(platformTableName(), pipelineKey(name));
}

export const pipelinePut = (pipeline: Pipeline): Write => ({
  put: { ...pipelineKey(pipeline.name), type: 'pipeline', ...pipeline },
  table: platformTableName(),
  condition: 'attribute_not_exists(pk) OR revision = :before',
  values: { ':before': pipeline.revision - 1 },
});

/** Removes the definition that was read, while nothing runs. */
export const pipelineDelete = ({ name, revision }: Pipeline): Write[] => [
  {
    delete: pipelineKey(name),
    table: platformTableName(),
    condition: 'revision = :revision',
    values: { ':revision': revision },
  },
  { check: lockKey(name), table: platformTableName(), condition: 'attribute_not_exists(pk)' },
];

export function getLock(pipeline: string): Promise<PipelineLock | undefined> {
  return getItem<PipelineLock>(platformTableName(), lockKey(pipeline));
}

/** Takes a lock that nobody holds. */
export const takeLock = (pipeline: string, execution: string): Write => ({
  put: { ...lockKey(pipeline), type: 'pipeline-lock', execution, queue: [], revision: 1 },
  table: platformTableName(),
  condition: 'attribute_not_exists(pk)',
});

/** Replaces the lock that was read, or removes it. */
export function changeLock(
  pipeline: string,
  before: PipelineLock,
  next: Omit<PipelineLock, 'revision'> | undefined,
): Write {
  const condition = { condition: 'revision = :revision', values: { ':revision': before.revision } };
  const table = platformTableName();
  if (!next) return { delete: lockKey(pipeline), table, ...condition };
  const row = { ...lockKey(pipeline), type: 'pipeline-lock', ...next };
  return { put: { ...row, revision: before.revision + 1 }, table, ...condition };
}

export const insertExecution = (execution: Execution): Write[] => [
  {
    put: { ...executionKey(execution.pipeline, execution.id), type: 'execution', ...execution },
    table: platformTableName(),
    condition: 'attribute_not_exists(pk)',
  },
  {
    put: { ...pointerKey(execution.id), type: 'execution-pointer', pipeline: execution.pipeline },
    table: platformTableName(),
  },
];

/** Replaces an execution that still has the status and the run, or the training taken over, it was read with. */
export const replaceExecution = (before: Execution, next: Execution): Write => ({
  put: { ...executionKey(next.pipeline, next.id), type: 'execution', ...next },
  table: platformTableName(),
  condition: [
    '#status = :status',
    before.runId ? 'runId = :run' : 'attribute_not_exists(runId)',
    `attribute_${before.cached ? 'exists' : 'not_exists'}(cached)`,
  ].join(' AND '),
  names: { '#status': 'status' },
  values: { ':status': before.status, ...(before.runId && { ':run': before.runId }) },
});

export async function getExecution(id: string): Promise<Execution | undefined> {
  const pointer = await getItem<{ pipeline: string }>(platformTableName(), pointerKey(id));
  return pointer && getItem<Execution>(platformTableName(), executionKey(pointer.pipeline, id));
}

/** Executions of a pipeline, newest first; ids are ULIDs, so they sort by time. */
export async function listExecutionPage(
  pipeline: string,
  limit: number,
  after?: string,
): Promise<{ executions: Execution[]; more: boolean }> {
  const page = await queryPage<Execution>({
    table: platformTableName(),
    condition: 'pk = :pk AND begins_with(sk, :sk)',
    values: { ':pk': key('PIPELINE', pipeline), ':sk': 'EXECUTION#' },
    descending: true,
    limit,
    ...(after !== undefined && { startKey: executionKey(pipeline, after) }),
  });
  return { executions: page.items, more: page.nextKey !== undefined };
}
