import { notFound } from '../../shared/errors.ts';
import { getExecution } from '../pipeline-store.ts';
import type { Execution } from './execution.ts';

/** Throws ExecutionStopped when the execution does not run any more. */
export async function runningExecution(id: string): Promise<Execution> {
  const execution = await getExecution(id);
  if (!execution) throw notFound(`Execution ${id} does not exist`);
  if (execution.status !== 'RUNNING') throw new ExecutionStopped(execution);
  return execution;
}

class ExecutionStopped extends Error {
  override readonly name = 'ExecutionStopped';

  constructor({ id, status }: Execution) {
    super(`Execution ${id} is ${status}, not running`);
  }
}
