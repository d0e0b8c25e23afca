import { notFound } from '../../shared/errors.ts';
import { getExecution } from '../pipeline-store.ts';
import { describeExecution, type Execution } from './execution.ts';
import { costOfExecution } from './execution-cost.ts';
import { listSteps } from './step-store.ts';

export async function existingExecution(id: string): Promise<Execution> {
  const execution = await getExecution(id);
  if (!execution) throw notFound(`Execution '${id}' does not exist`);
  return execution;
}

export async function getExecutionDescription(id: string) {
  const execution = await existingExecution(id);
  const steps = await listSteps(id);
  return { ...describeExecution(execution, steps), cost: costOfExecution(execution, steps) };
}
