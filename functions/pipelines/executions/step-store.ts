import { ConditionFailed, getItem, key, queryAll, writeOne } from '../../shared/dynamo/index.ts';
import { platformTableName } from '../pipeline-store.ts';
import type { ExecutionStep } from './execution.ts';

const stepKey = (executionId: string, order: number) => ({
  pk: key('EXECUTION', executionId),
  sk: key('STEP', String(order).padStart(5, '0')),
});

export function getStep(executionId: string, order: number): Promise<ExecutionStep | undefined> {
  return getItem<ExecutionStep>(platformTableName(), stepKey(executionId, order));
}

/** The steps of an execution in their order. */
export async function listSteps(executionId: string): Promise<ExecutionStep[]> {
  const steps: ExecutionStep[] = [];
  const rows = queryAll<ExecutionStep>({
    table: platformTableName(),
    condition: 'pk = :pk AND begins_with(sk, :sk)',
    values: { ':pk': key('EXECUTION', executionId), ':sk': 'STEP#' },
  });
  for await (const step of rows) steps.push(step);
  return steps;
}

/** Adds a step, or answers the one that has its place already. */
export async function startStep(executionId: string, step: ExecutionStep): Promise<ExecutionStep> {
  try {
    await writeOne({
      put: { ...step, ...stepKey(executionId, step.order), type: 'execution-step' },
      table: platformTableName(),
      condition: 'attribute_not_exists(pk)',
    });
    return step;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await getStep(executionId, step.order)) ?? step;
  }
}

export type StepEnd = Required<Pick<ExecutionStep, 'endedAt'>> &
  Pick<ExecutionStep, 'status' | 'outputs' | 'error' | 'cause' | 'billableSeconds'>;

/** Ends a step that runs; one that has ended stays as it is. Answers what is stored. */
export async function endStep(
  executionId: string,
  step: ExecutionStep,
  end: StepEnd,
): Promise<ExecutionStep> {
  const ended = { ...step, ...end, outputs: { ...step.outputs, ...end.outputs } };
  try {
    await writeOne({
      put: { ...ended, ...stepKey(executionId, step.order), type: 'execution-step' },
      table: platformTableName(),
      condition: '#status = :running',
      names: { '#status': 'status' },
      values: { ':running': 'RUNNING' },
    });
    return ended;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await getStep(executionId, step.order)) ?? ended;
  }
}
