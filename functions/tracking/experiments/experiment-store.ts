import { sameAccess } from '../../shared/access-control.ts';
import {
  batchGet,
  ConditionFailed,
  getItem,
  type Key,
  queryAll,
  transactWrite,
  updateItem,
  type Write,
} from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import { alreadyExists, conflict } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import { trackingTableName } from '../keys.ts';
import {
  checkExperimentId,
  DEFAULT_EXPERIMENT_ID,
  type Experiment,
  experimentMissing,
  requireActive,
} from './experiment.ts';

const experimentKey = (id: string) => ({ pk: `EXPERIMENT#${id}`, sk: 'META' });
const nameKey = (name: string) => ({ pk: `EXPERIMENT_NAME#${name}`, sk: 'META' });

const DEFAULT_NAME = 'Default';

type ExperimentItem = Experiment & { readonly pk: string; readonly sk: string };

const artifactRoot = () => requiredEnv('ARTIFACT_ROOT').replace(/\/$/, '');

/** The next experiment id from an atomic counter: ids are numbers to MLflow's clients. */
async function nextId(): Promise<string> {
  const { last_id } = await updateItem<{ last_id: number }>(
    {
      table: trackingTableName(),
      key: { pk: 'EXPERIMENT_COUNTER', sk: 'META' },
      update: 'ADD last_id :one',
      values: { ':one': 1 },
    },
    'UPDATED_NEW',
  );
  return String(last_id);
}

type NewExperiment = Omit<Experiment, 'experiment_id' | 'artifact_location'> & {
  readonly artifact_location?: string;
};

export async function putExperiment(
  given: NewExperiment,
  announce: (experiment: Experiment) => readonly Write[],
): Promise<Experiment> {
  // A name is taken by the default experiment, too, before anybody has looked for it.
  if (given.name === DEFAULT_NAME) await findExperiment(DEFAULT_EXPERIMENT_ID);
  const id = await nextId();
  // Searches list the newest first: the default experiment is older than all others.
  if (id === '1') await findExperiment(DEFAULT_EXPERIMENT_ID, given.creation_time - 1);
  const experiment = withLocation(id, given);
  try {
    await transactWrite([...experimentRows(experiment), ...announce(experiment)]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw nameTaken(experiment.name);
    throw error;
  }
  return experiment;
}

const withLocation = (experiment_id: string, given: NewExperiment): Experiment => ({
  ...given,
  experiment_id,
  artifact_location: given.artifact_location || `${artifactRoot()}/${experiment_id}`,
});

function experimentRows(experiment: Experiment): Write[] {
  const table = trackingTableName();
  const { experiment_id, name } = experiment;
  const absent = { condition: 'attribute_not_exists(pk)' };
  return [
    { table, put: { ...nameKey(name), experiment_id }, ...absent },
    { table, put: { ...experimentKey(experiment_id), ...experiment }, ...absent },
    listed(experiment_id),
  ];
}

/** An experiment's row in the list of all; it gets a new version with every change of the experiment. */
interface ListedExperiment {
  readonly sk: string;
  /** A ULID; rows that older releases wrote have none. */
  readonly version?: string;
}

const listed = (id: string): Write => ({
  table: trackingTableName(),
  put: { pk: 'EXPERIMENTS', sk: id, version: newId() } satisfies Key & ListedExperiment,
});

export const nameTaken = (name: string) =>
  alreadyExists(`Experiment(name=${name}) already exists.`);

/** `now`: when the default experiment came into being, if it does so here. */
export async function findExperiment(
  id: string,
  now = Date.now(),
): Promise<Experiment | undefined> {
  const found = await findStoredExperiment(id);
  if (found) return found;
  return id === DEFAULT_EXPERIMENT_ID ? createDefault(now) : undefined;
}

/** Writes nothing: a default experiment that nobody has asked for yet is not found. */
export async function findStoredExperiment(id: string): Promise<Experiment | undefined> {
  checkExperimentId(id);
  const found = await getItem<ExperimentItem>(trackingTableName(), experimentKey(id));
  return found && withoutKeys(found);
}

/** Throws RESOURCE_DOES_NOT_EXIST. */
export async function loadExperiment(id: string): Promise<Experiment> {
  const experiment = await findExperiment(id);
  if (!experiment) throw experimentMissing(id);
  return experiment;
}

/** Where experiments keep their artifacts: it never changes, and an id is never another's. */
const locations = new Map<string, string>();
const MAX_LOCATIONS = 10_000;

/**
 * The artifact location of an experiment that was active when this process first asked; the write that
 * relies on it must check that it still is. Throws for missing and deleted experiments.
 */
export async function artifactLocation(id: string): Promise<string> {
  const known = locations.get(id);
  if (known !== undefined) return known;
  const experiment = await loadExperiment(id);
  requireActive(experiment);
  if (locations.size === MAX_LOCATIONS) locations.clear();
  locations.set(id, experiment.artifact_location);
  return experiment.artifact_location;
}

/** The default experiment comes into being when somebody first looks for it. */
async function createDefault(now: number): Promise<Experiment> {
  const experiment = withLocation(DEFAULT_EXPERIMENT_ID, {
    name: DEFAULT_NAME,
    lifecycle_stage: 'active',
    creation_time: now,
    last_update_time: now,
    tags: {},
  });
  try {
    await transactWrite(experimentRows(experiment));
    return experiment;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
  const other = await getItem<ExperimentItem>(trackingTableName(), experimentKey('0'));
  if (!other) throw new Error('The default experiment can be neither made nor found');
  return withoutKeys(other);
}

export async function experimentIdByName(name: string): Promise<string | undefined> {
  const row = await getItem<{ experiment_id: string }>(trackingTableName(), nameKey(name));
  if (row || name !== DEFAULT_NAME) return row?.experiment_id;
  // Made now, unless it bears another name by now.
  const standard = await findExperiment(DEFAULT_EXPERIMENT_ID);
  return standard?.name === name ? standard.experiment_id : undefined;
}

export async function listExperiments(): Promise<ListedExperiment[]> {
  const rows: ListedExperiment[] = [];
  for await (const row of queryAll<ListedExperiment>({
    table: trackingTableName(),
    condition: 'pk = :pk',
    values: { ':pk': 'EXPERIMENTS' },
  })) {
    rows.push(row);
  }
  return rows;
}

/** Experiments by their ids, in no particular order. */
export async function loadExperiments(ids: readonly string[]): Promise<Experiment[]> {
  const found = await batchGet<ExperimentItem>(trackingTableName(), ids.map(experimentKey));
  return found.map(withoutKeys);
}

/** A condition for other writes: the experiment is there and active. */
export const experimentIsActive = (id: string): Write => ({
  table: trackingTableName(),
  check: experimentKey(id),
  condition: 'lifecycle_stage = :active',
  values: { ':active': 'active' },
  withoutItem: true,
});

/**
 * Changes attributes of an experiment that still has the name it was read with; a new name is claimed
 * in the same transaction. `also`: further writes of it; `ConditionFailed` when one of those was refused.
 */
export async function changeExperiment(
  experiment: Experiment,
  changes: Partial<Omit<Experiment, 'experiment_id' | 'artifact_location' | 'tags'>>,
  also: readonly Write[] = [],
): Promise<void> {
  if (changes.name === DEFAULT_NAME) await findExperiment(DEFAULT_EXPERIMENT_ID);
  const table = trackingTableName();
  const { experiment_id, name } = experiment;
  const names = Object.keys(changes);
  const writes: Write[] = [
    {
      table,
      key: experimentKey(experiment_id),
      update: `SET ${names.map((one) => `#${one} = :${one}`).join(', ')}`,
      condition: '#name = :nameBefore',
      names: { '#name': 'name', ...Object.fromEntries(names.map((one) => [`#${one}`, one])) },
      values: {
        ':nameBefore': name,
        ...Object.fromEntries(Object.entries(changes).map(([one, value]) => [`:${one}`, value])),
      },
    },
    listed(experiment_id),
  ];
  if (changes.name !== undefined && changes.name !== name) {
    const claim = { ...nameKey(changes.name), experiment_id };
    writes.push(
      { table, put: claim, condition: 'attribute_not_exists(pk)' },
      { table, delete: nameKey(name) },
    );
  }
  try {
    await transactWrite([...writes, ...also]);
  } catch (error) {
    if (!(error instanceof ConditionFailed) || error.index >= writes.length) throw error;
    if (error.index > 0) throw nameTaken(changes.name ?? '');
    throw conflict(`Experiment ${experiment_id} was renamed by somebody else at the same moment`);
  }
}

/** Replaces the list that the experiment was read with. Throws `ConditionFailed` when it has another by now. */
export function replaceAccess(
  { experiment_id, acl: read }: Experiment,
  acl: NonNullable<Experiment['acl']>,
  also: Write,
): Promise<void> {
  const { condition, values } = sameAccess(read);
  return transactWrite([
    {
      table: trackingTableName(),
      key: experimentKey(experiment_id),
      update: 'SET acl = :acl',
      condition: `attribute_exists(pk) AND ${condition}`,
      values: { ...values, ':acl': acl },
    },
    listed(experiment_id),
    also,
  ]);
}

/** Sets a tag, or removes it when no value is given; only while the experiment is active. */
export async function changeExperimentTag(
  id: string,
  tag: string,
  value: string | undefined,
): Promise<void> {
  const remove = value === undefined;
  await transactWrite([
    {
      table: trackingTableName(),
      key: experimentKey(id),
      update: remove ? 'REMOVE tags.#key' : 'SET tags.#key = :value',
      condition: `lifecycle_stage = :active${remove ? ' AND attribute_exists(tags.#key)' : ''}`,
      names: { '#key': tag },
      values: { ':active': 'active', ...(!remove && { ':value': value }) },
    },
    listed(id),
  ]);
}

const withoutKeys = ({ pk: _pk, sk: _sk, ...experiment }: ExperimentItem): Experiment => experiment;
