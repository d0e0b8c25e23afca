import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed } from '../shared/dynamo/index.ts';
import { newHexId } from '../shared/ids.ts';
import { belowLocation, loadExperiment, randomRunName, requireActive } from '../tracking/index.ts';
import { checkModelName, type LoggedModel, toWireModel } from './logged-model.ts';
import { type Pair, storedParams, storedTags } from './model-pairs.ts';
import { putModel } from './model-store.ts';

interface CreateLoggedModelInput {
  readonly experiment_id: string;
  readonly name?: string;
  readonly model_type?: string;
  readonly source_run_id?: string;
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
}

/** Makes room for a model's files; it is pending until it is finalized. */
export async function createLoggedModel(
  input: CreateLoggedModelInput,
  context: OperationContext,
): Promise<object> {
  const { name, model_type, source_run_id } = input;
  if (name) checkModelName(name);
  const experiment = await loadExperiment(input.experiment_id);
  requireActive(experiment);
  const params = storedParams(input.params);
  const tags = storedTags(input.tags);
  const model_id = `m-${newHexId()}`;
  const now = context.clock();
  const model: LoggedModel = {
    model_id,
    experiment_id: experiment.experiment_id,
    name: name || randomRunName(),
    artifact_uri: belowLocation(experiment.artifact_location, `models/${model_id}/artifacts`),
    creation_timestamp_ms: now,
    last_updated_timestamp_ms: now,
    status: 'LOGGED_MODEL_PENDING',
    lifecycle_stage: 'active',
    ...(model_type && { model_type }),
    ...(source_run_id && { source_run_id }),
    tags,
    params,
  };
  try {
    await putModel(model);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // The experiment was deleted in between.
    requireActive(await loadExperiment(experiment.experiment_id));
    throw error;
  }
  return { model: toWireModel(model, []) };
}
