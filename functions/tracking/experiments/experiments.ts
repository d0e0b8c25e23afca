import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed } from '../../shared/dynamo/index.ts';
import { DomainError, notFound } from '../../shared/errors.ts';
import { ExperimentCreated } from '../events.ts';
import { trackingTableName } from '../keys.ts';
import { checkExperimentTag, checkExperimentTagValue, checkFirstKey } from '../limits.ts';
import {
  checkArtifactLocation,
  checkExperimentName,
  requireActive,
  toWireExperiment,
} from './experiment.ts';
import {
  changeExperiment,
  changeExperimentTag,
  experimentIdByName,
  loadExperiment,
  putExperiment,
} from './experiment-store.ts';

export interface CreateExperimentInput {
  readonly name: string;
  readonly artifact_location?: string;
  readonly tags?: readonly { readonly key: string; readonly value?: string }[];
}

export async function createExperiment(
  input: CreateExperimentInput,
  context: OperationContext,
): Promise<{ experiment_id: string }> {
  checkExperimentName(input.name);
  const tags = (input.tags ?? []).map(({ key, value = '' }) => ({ key, value }));
  for (const { key, value } of tags) {
    checkFirstKey(key, 'key');
    checkExperimentTagValue(value);
  }
  if (input.artifact_location) checkArtifactLocation(input.artifact_location);
  const now = context.clock();
  const experiment = await putExperiment(
    {
      name: input.name,
      lifecycle_stage: 'active',
      creation_time: now,
      last_update_time: now,
      creator: context.actor.user,
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
      ...(input.artifact_location && { artifact_location: input.artifact_location }),
    },
    ({ experiment_id, name }) => [
      outbox(trackingTableName(), ExperimentCreated, { experiment_id, name }, context),
    ],
  );
  return { experiment_id: experiment.experiment_id };
}

export async function getExperiment(input: { readonly experiment_id: string }): Promise<object> {
  return { experiment: toWireExperiment(await loadExperiment(input.experiment_id)) };
}

export async function getExperimentByName(input: {
  readonly experiment_name: string;
}): Promise<object> {
  const id = await experimentIdByName(input.experiment_name);
  if (id === undefined) {
    throw new DomainError(
      'RESOURCE_DOES_NOT_EXIST',
      `Could not find experiment with name '${input.experiment_name}'`,
    );
  }
  return getExperiment({ experiment_id: id });
}

export async function updateExperiment(
  input: { readonly experiment_id: string; readonly new_name: string },
  context: OperationContext,
): Promise<undefined> {
  const experiment = await loadExperiment(input.experiment_id);
  checkExperimentName(input.new_name);
  if (experiment.lifecycle_stage !== 'active') {
    throw new DomainError('INVALID_STATE', 'Cannot rename a non-active experiment.');
  }
  await changeExperiment(experiment, {
    name: input.new_name,
    last_update_time: context.clock(),
  });
  return undefined;
}

export async function setExperimentTag(input: {
  readonly experiment_id: string;
  readonly key: string;
  readonly value?: string;
}): Promise<undefined> {
  const { experiment_id, key, value = '' } = input;
  checkExperimentTag({ key, value });
  try {
    await changeExperimentTag(experiment_id, key, value);
  } catch (error) {
    await explain(error, experiment_id);
  }
  return undefined;
}

export async function deleteExperimentTag(input: {
  readonly experiment_id: string;
  readonly key: string;
}): Promise<undefined> {
  const { experiment_id, key } = input;
  try {
    await changeExperimentTag(experiment_id, key, undefined);
  } catch (error) {
    await explain(error, experiment_id);
    throw notFound(`No tag with name: ${key} in experiment with id ${experiment_id}`);
  }
  return undefined;
}

/** Why a tag was refused: the experiment is not there, or it is deleted. */
async function explain(error: unknown, experimentId: string): Promise<void> {
  if (!(error instanceof ConditionFailed)) throw error;
  requireActive(await loadExperiment(experimentId));
}
