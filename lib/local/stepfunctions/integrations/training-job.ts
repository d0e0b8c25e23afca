import type { Json } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { Suspended, type TaskCall } from '../engine/run.ts';
import { apiError } from './api-call.ts';
import type { Pattern } from './resources.ts';

type TrainingJobDescription = Readonly<Record<string, unknown>>;

/** Training jobs as `sagemaker:createTrainingJob` uses them. */
export interface TrainingJobs {
  /**
   * Starts a job. When `owner` has already started it, this is the same job and nothing happens;
   * another's job of that name rejects with `ResourceInUse`.
   */
  create(request: unknown, owner: string): Promise<{ readonly TrainingJobArn: string }>;
  /** Resolves with the description when the job has ended; rejects with the signal's reason. */
  ended(name: string, signal: AbortSignal): Promise<TrainingJobDescription>;
  stop(name: string): Promise<void>;
}

/** With `.sync` the Task lasts as long as the job, stops it when it is stopped, fails when it fails. */
export async function createTrainingJob(
  call: TaskCall,
  pattern: Pattern,
  jobs: TrainingJobs,
): Promise<Json> {
  let created: { readonly TrainingJobArn: string };
  try {
    created = await jobs.create(call.arguments, call.key);
  } catch (error) {
    throw apiError('optimized', 'sagemaker', error);
  }
  if (pattern !== 'sync') return { TrainingJobArn: created.TrainingJobArn };
  const name = created.TrainingJobArn.slice(created.TrainingJobArn.indexOf('/') + 1);
  let description: TrainingJobDescription;
  try {
    description = await jobs.ended(name, call.signal);
  } catch (error) {
    if (call.signal.aborted && !(call.signal.reason instanceof Suspended)) await jobs.stop(name);
    throw error;
  }
  const text = JSON.stringify(description);
  if (description.TrainingJobStatus !== 'Completed') {
    throw new StateError('States.TaskFailed', text);
  }
  return JSON.parse(text) as Json;
}
