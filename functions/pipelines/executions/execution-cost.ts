import { instancePrice } from '../../shared/price-list.ts';
import { getExecution } from '../pipeline-store.ts';
import type { Execution, ExecutionStep } from './execution.ts';
import { listSteps } from './step-store.ts';

/** What an execution's training jobs took. */
export interface ExecutionCost {
  readonly instance_type: string;
  /** Seconds that are billed, of all instances: spot discounts are taken off them. */
  readonly billable_seconds: number;
  /** At list prices; null for an instance type whose price is not known. */
  readonly usd: number | null;
}

export function costOfExecution(
  { document }: Pick<Execution, 'document'>,
  steps: readonly Pick<ExecutionStep, 'billableSeconds'>[],
): ExecutionCost {
  const { instance_type, instance_count } = document.training;
  const seconds = steps.reduce((sum, { billableSeconds = 0 }) => sum + billableSeconds, 0);
  const billable_seconds = seconds * instance_count;
  return { instance_type, billable_seconds, usd: instancePrice(instance_type, billable_seconds) };
}

/** The same of a stored execution; undefined when there is none. */
export async function findExecutionCost(id: string): Promise<ExecutionCost | undefined> {
  const execution = await getExecution(id);
  return execution && costOfExecution(execution, await listSteps(id));
}
