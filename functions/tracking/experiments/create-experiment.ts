import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ExperimentCreated } from '../events.ts';
import { trackingTableName } from '../keys.ts';
import { checkExperimentTagValue, checkFirstKey } from '../limits.ts';
import { checkArtifactLocation, checkExperimentName } from './experiment.ts';
import { nameTaken, putExperiment } from './experiment-store.ts';

interface CreateExperimentInput {
  readonly name: string;
  readonly artifact_location?: string;
  readonly tags?: readonly { readonly key: string; readonly value?: string }[];
}

/**
 * Creates an experiment, with its event in the same transaction. Throws RESOURCE_ALREADY_EXISTS for a name
 * that is taken, also by a deleted experiment, and for a tag that is given twice.
 */
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
  const byKey = new Map(tags.map(({ key, value }) => [key, value]));
  // What MLflow's server makes of its database's refusal.
  if (byKey.size < tags.length) throw nameTaken(input.name);
  const now = context.clock();
  const experiment = await putExperiment(
    {
      name: input.name,
      lifecycle_stage: 'active',
      creation_time: now,
      last_update_time: now,
      creator: context.actor.user,
      tags: Object.fromEntries(byKey),
      ...(input.artifact_location && { artifact_location: input.artifact_location }),
    },
    ({ experiment_id, name }) => [
      outbox(trackingTableName(), ExperimentCreated, { experiment_id, name }, context),
    ],
  );
  return { experiment_id: experiment.experiment_id };
}
