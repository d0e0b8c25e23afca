import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { DomainError } from '../shared/errors.ts';
import { ExperimentCreated } from './events.ts';
import {
  checkExperimentName,
  type Experiment,
  experimentMissing,
  requireActive,
  toWireExperiment,
} from './experiment.ts';
import {
  changeExperiment,
  experimentIdByName,
  loadExperiment,
  putExperiment,
  putExperimentTag,
  trackingTableName,
} from './experiment-store.ts';
import { checkTag } from './limits.ts';
import { changeRun, runsOfExperiment } from './run-store.ts';

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
  const now = context.clock();
  const experiment = await putExperiment(
    {
      name: input.name,
      lifecycle_stage: 'active',
      creation_time: now,
      last_update_time: now,
      tags: Object.fromEntries((input.tags ?? []).map(({ key, value = '' }) => [key, value])),
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
  input: { readonly experiment_id: string; readonly new_name?: string },
  context: OperationContext,
): Promise<undefined> {
  const experiment = await loadExperiment(input.experiment_id);
  if (!input.new_name) return undefined;
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

/** Deletes or restores an experiment with its runs. */
export async function setExperimentLifecycle(
  experimentId: string,
  stage: 'active' | 'deleted',
  context: OperationContext,
): Promise<undefined> {
  const experiment: Experiment = await loadExperiment(experimentId);
  if (experiment.lifecycle_stage === stage) throw experimentMissing(experimentId);
  await changeExperiment(experiment, {
    lifecycle_stage: stage,
    last_update_time: context.clock(),
  });
  for (const run of await runsOfExperiment(experimentId)) {
    await changeRun(run.run_id, {
      update: 'SET lifecycle_stage = :stage',
      values: { ':stage': stage },
      anyStage: true,
    });
  }
  return undefined;
}

export async function setExperimentTag(input: {
  readonly experiment_id: string;
  readonly key: string;
  readonly value?: string;
}): Promise<undefined> {
  const { key, value = '' } = input;
  checkTag({ key, value });
  requireActive(await loadExperiment(input.experiment_id));
  await putExperimentTag(input.experiment_id, key, value);
  return undefined;
}
