import type { ExecutionStep } from '../executions/execution.ts';
import { listSteps } from '../executions/step-store.ts';

/** Places of the steps among each other: the training or the trials, then the registration. */
export const TRAIN_ORDER = 1;
const FIRST_TRIAL_ORDER = 100;
export const REGISTER_ORDER = 10_000;

export const trialOrder = (trial: number) => FIRST_TRIAL_ORDER + trial;
export const trialOf = ({ order }: ExecutionStep) => order - FIRST_TRIAL_ORDER;

const isTrial = ({ order }: ExecutionStep) => order >= FIRST_TRIAL_ORDER && order < REGISTER_ORDER;

export const trialSteps = async (executionId: string) =>
  (await listSteps(executionId)).filter(isTrial);

export const runOfStep = ({ outputs }: ExecutionStep) => String(outputs.run_id);

/** Runs of trials that have not ended. */
export async function openTrialRuns(executionId: string): Promise<string[]> {
  const steps = await trialSteps(executionId);
  return steps.filter(({ status }) => status === 'RUNNING').map(runOfStep);
}
