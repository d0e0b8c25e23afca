import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import type { OperationContext } from '../../../functions/shared/context.ts';

/** A SageMaker training job as the state machine asks for it. */
export interface TrainingRequest {
  readonly TrainingJobName: string;
  readonly HyperParameters: Readonly<Record<string, string>>;
  readonly Environment: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** What the training program does; the description says how the job ended. */
export type Train = (
  request: TrainingRequest,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, unknown>>>;

/** A program that does all that is asked of one: it registers a version from its run. */
export const trainsAVersion =
  (context: OperationContext): Train =>
  async ({ Environment, HyperParameters }) => {
    const run_id = Environment.MLFLOW_RUN_ID ?? '';
    const { model_name: name = '' } = HyperParameters;
    await createModelVersion({ name, source: `runs:/${run_id}/model`, run_id }, context);
    return { TrainingJobStatus: 'Completed' };
  };

/** SageMaker for the state machine: each job is a call of what `train` is when the job is waited for. */
export function trainingService(training: { readonly train: Train }) {
  const jobs = new Map<string, TrainingRequest>();
  return {
    create: async (request: object) => {
      const job = request as TrainingRequest;
      jobs.set(job.TrainingJobName, job);
      return {
        TrainingJobArn: `arn:aws:sagemaker:us-east-1:000000000000:training-job/${job.TrainingJobName}`,
      };
    },
    ended: (name: string, signal: AbortSignal) =>
      training.train(jobs.get(name) as TrainingRequest, signal),
    stop: async () => {},
  };
}
