import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  batchGet,
  ConditionFailed,
  dynamo,
  getItem,
  queryAll,
  transactWrite,
  type Write,
} from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import { alreadyExists } from '../shared/errors.ts';
import { DEFAULT_EXPERIMENT_ID, type Experiment, experimentMissing } from './experiment.ts';

export const trackingTableName = () => requiredEnv('TRACKING_TABLE');

export const experimentKey = (id: string) => ({ pk: `EXPERIMENT#${id}`, sk: 'META' });
const nameKey = (name: string) => ({ pk: `EXPERIMENT_NAME#${name}`, sk: 'META' });

const artifactRoot = () => requiredEnv('ARTIFACT_ROOT').replace(/\/$/, '');

/** The next experiment id from an atomic counter: ids are numbers to MLflow's clients. */
async function nextId(): Promise<string> {
  const output = await dynamo().send(
    new UpdateItemCommand({
      TableName: trackingTableName(),
      Key: { pk: { S: 'EXPERIMENT_COUNTER' }, sk: { S: 'META' } },
      UpdateExpression: 'ADD last_id :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return output.Attributes?.last_id?.N ?? '1';
}

export async function putExperiment(
  given: Omit<Experiment, 'experiment_id' | 'artifact_location'> & {
    readonly experiment_id?: string;
    readonly artifact_location?: string;
  },
  announce: (experiment: Experiment) => readonly Write[],
): Promise<Experiment> {
  const table = trackingTableName();
  const experiment_id = given.experiment_id ?? (await nextId());
  const artifact_location = given.artifact_location || `${artifactRoot()}/${experiment_id}`;
  const experiment: Experiment = { ...given, experiment_id, artifact_location };
  try {
    await transactWrite([
      {
        table,
        put: { ...nameKey(experiment.name), experiment_id },
        condition: 'attribute_not_exists(pk)',
      },
      { table, put: { ...experimentKey(experiment_id), ...experiment } },
      { table, put: { pk: 'EXPERIMENTS', sk: experiment_id } },
      ...announce(experiment),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw nameTaken(experiment.name);
    throw error;
  }
  return experiment;
}

const nameTaken = (name: string) => alreadyExists(`Experiment(name=${name}) already exists.`);

export async function findExperiment(id: string): Promise<Experiment | undefined> {
  const found = await getItem<Experiment & { pk: string; sk: string }>(
    trackingTableName(),
    experimentKey(id),
  );
  if (found) return withoutKeys(found);
  return id === DEFAULT_EXPERIMENT_ID ? createDefault() : undefined;
}

/** Throws RESOURCE_DOES_NOT_EXIST. */
export async function loadExperiment(id: string): Promise<Experiment> {
  const experiment = await findExperiment(id);
  if (!experiment) throw experimentMissing(id);
  return experiment;
}

/** The default experiment comes into being when somebody first looks for it. */
async function createDefault(): Promise<Experiment> {
  const now = Date.now();
  try {
    return await putExperiment(
      {
        experiment_id: DEFAULT_EXPERIMENT_ID,
        name: 'Default',
        lifecycle_stage: 'active',
        creation_time: now,
        last_update_time: now,
        tags: {},
      },
      () => [],
    );
  } catch {
    return loadExperiment(DEFAULT_EXPERIMENT_ID);
  }
}

export async function experimentIdByName(name: string): Promise<string | undefined> {
  const row = await getItem<{ experiment_id: string }>(trackingTableName(), nameKey(name));
  if (!row && name === 'Default') return (await createDefault()).experiment_id;
  return row?.experiment_id;
}

export async function allExperiments(): Promise<Experiment[]> {
  await findExperiment(DEFAULT_EXPERIMENT_ID);
  const ids: string[] = [];
  for await (const row of queryAll<{ sk: string }>({
    table: trackingTableName(),
    condition: 'pk = :pk',
    values: { ':pk': 'EXPERIMENTS' },
  })) {
    ids.push(row.sk);
  }
  const found = await batchGet<Experiment & { pk: string; sk: string }>(
    trackingTableName(),
    ids.map(experimentKey),
  );
  return found.map(withoutKeys);
}

/** Changes attributes of an experiment that exists; a new name is claimed in the same transaction. */
export async function changeExperiment(
  experiment: Experiment,
  changes: Partial<Pick<Experiment, 'name' | 'lifecycle_stage' | 'last_update_time'>>,
): Promise<void> {
  const table = trackingTableName();
  const names = Object.keys(changes);
  const writes: Write[] = [
    {
      table,
      key: experimentKey(experiment.experiment_id),
      update: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      condition: 'attribute_exists(pk)',
      names: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      values: Object.fromEntries(Object.entries(changes).map(([name, v]) => [`:${name}`, v])),
    },
  ];
  if (changes.name !== undefined && changes.name !== experiment.name) {
    const { experiment_id } = experiment;
    writes.push(
      {
        table,
        put: { ...nameKey(changes.name), experiment_id },
        condition: 'attribute_not_exists(pk)',
      },
      { table, delete: nameKey(experiment.name) },
    );
  }
  try {
    await transactWrite(writes);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw error.index === 0
      ? experimentMissing(experiment.experiment_id)
      : nameTaken(changes.name ?? '');
  }
}

export async function putExperimentTag(id: string, key: string, value: string): Promise<void> {
  await transactWrite([
    {
      table: trackingTableName(),
      key: experimentKey(id),
      update: 'SET tags.#key = :value',
      names: { '#key': key },
      values: { ':value': value },
    },
  ]);
}

function withoutKeys<T extends { pk: string; sk: string }>({ pk: _pk, sk: _sk, ...rest }: T) {
  return rest;
}
