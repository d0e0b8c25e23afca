import type { Int64 } from '../../mlflow/index.ts';
import { UNNAMED } from '../../shared/actor.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { newHexId } from '../../shared/ids.ts';
import { belowLocation, DEFAULT_EXPERIMENT_ID, requireActive } from '../experiments/experiment.ts';
import { artifactLocation, loadExperiment } from '../experiments/experiment-store.ts';
import { checkFirstKey, storedTag } from '../limits.ts';
import { exactText, RUN_NAME_TAG, type Run } from './run.ts';
import { randomRunName } from './run-name.ts';
import { putRun } from './run-store.ts';

interface CreateRunInput {
  readonly experiment_id?: string;
  readonly user_id?: string;
  readonly run_name?: string;
  readonly start_time?: Int64;
  readonly tags?: readonly { readonly key: string; readonly value?: string }[];
}

/** Starts a run. Its name and the tag `mlflow.runName` mirror each other. */
export async function createRun(input: CreateRunInput, context: OperationContext): Promise<Run> {
  const given = (input.tags ?? []).map(({ key, value = '' }) => storedTag({ key, value }));
  for (const { key } of given) checkFirstKey(key, 'key');
  const tags = Object.fromEntries(given.map(({ key, value }) => [key, value]));
  const experiment_id = input.experiment_id || DEFAULT_EXPERIMENT_ID;
  const location = await artifactLocation(experiment_id);
  const tagged = tags[RUN_NAME_TAG];
  if (input.run_name && tagged && input.run_name !== tagged) {
    throw invalid(
      "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values " +
        `(run_name='${input.run_name}', mlflow.runName='${tagged}').`,
    );
  }
  const run_id = newHexId();
  const exact_start = exactText(input.start_time);
  const run_name = input.run_name || tagged || randomRunName();
  const run: Run = {
    run_id,
    experiment_id,
    run_name,
    user_id: input.user_id ?? (context.actor.user === UNNAMED ? '' : context.actor.user),
    status: 'RUNNING',
    // Clients send their own time; without one the API's default is 0, not the present.
    start_time: Number(input.start_time ?? 0),
    ...(exact_start && { exact_start }),
    artifact_uri: belowLocation(location, `${run_id}/artifacts`),
    lifecycle_stage: 'active',
    tags: { ...tags, [RUN_NAME_TAG]: run_name },
    params: {},
  };
  try {
    await putRun(run);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // The experiment was deleted since its location was asked for.
    requireActive(await loadExperiment(experiment_id));
    throw error;
  }
  return run;
}
