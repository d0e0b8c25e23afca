import { DomainError } from '../../shared/errors.ts';
import { toWireExperiment } from './experiment.ts';
import { experimentIdByName, loadExperiment } from './experiment-store.ts';

/** `{experiment}` as MLflow has it, also of one that is deleted. Throws RESOURCE_DOES_NOT_EXIST. */
export async function getExperiment(input: { readonly experiment_id: string }): Promise<object> {
  return { experiment: toWireExperiment(await loadExperiment(input.experiment_id)) };
}

/** The same by name, as it is written. */
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
