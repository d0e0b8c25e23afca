import { ConditionFailed } from '../../shared/dynamo/index.ts';
import { notFound } from '../../shared/errors.ts';
import { checkExperimentTag } from '../limits.ts';
import { requireActive } from './experiment.ts';
import { changeExperimentTag, loadExperiment } from './experiment-store.ts';

/** Throws RESOURCE_DOES_NOT_EXIST without the experiment, INVALID_PARAMETER_VALUE for one that is deleted. */
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

/** The same; a tag that is not there is RESOURCE_DOES_NOT_EXIST. */
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
