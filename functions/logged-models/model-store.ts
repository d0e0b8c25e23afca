import {
  batchGet,
  ConditionFailed,
  getItem,
  ItemTooLarge,
  key,
  queryPages,
  transactWrite,
  type Write,
  writeOne,
} from '../shared/dynamo/index.ts';
import { invalid } from '../shared/errors.ts';
import { experimentIsActive, trackingTableName } from '../tracking/index.ts';
import { type LoggedModel, modelMissing } from './logged-model.ts';

const modelKey = (modelId: string) => ({ pk: key('LOGGED_MODEL', modelId), sk: 'META' });

type ModelItem = LoggedModel & { readonly pk: string; readonly sk: string };

const toModel = ({ pk: _pk, sk: _sk, ...model }: ModelItem): LoggedModel => model;

/** Newest first, then by id. */
const listKey = ({
  creation_timestamp_ms: created,
  model_id,
}: Pick<LoggedModel, 'creation_timestamp_ms' | 'model_id'>) =>
  key('MODEL', String(Number.MAX_SAFE_INTEGER - created).padStart(17, '0'), model_id);

/**
 * Writes a model and its place in its experiment's list. Throws `ConditionFailed` when the experiment
 * is not active.
 */
export async function putModel(model: LoggedModel): Promise<void> {
  const table = trackingTableName();
  await transactWrite([
    experimentIsActive(model.experiment_id),
    { table, put: { ...modelKey(model.model_id), ...model } },
    { table, put: { pk: key('EXPERIMENT', model.experiment_id), sk: listKey(model) } },
  ]);
}

/** A model, also a deleted one. */
export async function findModel(modelId: string): Promise<LoggedModel | undefined> {
  const item = await getItem<ModelItem>(trackingTableName(), modelKey(modelId));
  return item && toModel(item);
}

/** Models by id, deleted ones too, in no particular order. */
export async function findModels(modelIds: readonly string[]): Promise<LoggedModel[]> {
  const items = await batchGet<ModelItem>(trackingTableName(), modelIds.map(modelKey));
  return items.map(toModel);
}

/** A model that is not deleted. Throws RESOURCE_DOES_NOT_EXIST. */
export async function loadModel(modelId: string): Promise<LoggedModel> {
  const model = await findModel(modelId);
  if (!model || model.lifecycle_stage === 'deleted') throw modelMissing(modelId);
  return model;
}

/** Models of an experiment, deleted ones too, newest first; behind `after` if it is given. */
export async function* modelsOfExperiment(
  experimentId: string,
  options: {
    readonly after?: Pick<LoggedModel, 'creation_timestamp_ms' | 'model_id'>;
    readonly pageSize: number;
  },
): AsyncGenerator<LoggedModel> {
  const { after, pageSize } = options;
  const pk = key('EXPERIMENT', experimentId);
  const pages = queryPages<{ sk: string }>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :model)',
    values: { ':pk': pk, ':model': 'MODEL#' },
    limit: pageSize,
    ...(after && { startKey: { pk, sk: listKey(after) } }),
  });
  for await (const page of pages) {
    const ids = page.map(({ sk }) => sk.slice(sk.lastIndexOf('#') + 1));
    const byId = new Map((await findModels(ids)).map((model) => [model.model_id, model]));
    for (const id of ids) {
      const model = byId.get(id);
      if (model) yield model;
    }
  }
}

interface ModelChange {
  readonly update: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Besides being there. */
  readonly condition?: string;
}

/** A change of a model's row, for a transaction of the caller. */
export const modelUpdate = (modelId: string, change: ModelChange): Write => ({
  ...change,
  table: trackingTableName(),
  key: modelKey(modelId),
  condition: ['attribute_exists(pk)', ...(change.condition ? [change.condition] : [])].join(
    ' AND ',
  ),
});

/** Changes a model. Throws RESOURCE_DOES_NOT_EXIST, and `ConditionFailed` with the present model. */
export async function changeModel(modelId: string, change: ModelChange): Promise<void> {
  try {
    await writeOne(modelUpdate(modelId, change));
  } catch (error) {
    if (error instanceof ConditionFailed && !error.item) throw modelMissing(modelId);
    if (error instanceof ItemTooLarge) {
      throw invalid(
        `Logged model ${modelId} is full: its params and tags may have 400 KB together`,
      );
    }
    throw error;
  }
}
