import { endStep, getStep, type StepEnd } from '../executions/step-store.ts';
import { TRAIN_ORDER } from '../tuning/trial.ts';

/** Ends the step that trains, if it began. */
export async function endTraining(executionId: string, end: StepEnd): Promise<void> {
  const step = await getStep(executionId, TRAIN_ORDER);
  if (step) await endStep(executionId, step, end);
}
