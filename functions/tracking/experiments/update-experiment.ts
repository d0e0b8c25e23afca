import type { OperationContext } from '../../shared/context.ts';
import { DomainError } from '../../shared/errors.ts';
import { checkExperimentName } from './experiment.ts';
import { changeExperiment, loadExperiment } from './experiment-store.ts';

/** Renames an experiment. Throws INVALID_STATE for one that is deleted. */
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
