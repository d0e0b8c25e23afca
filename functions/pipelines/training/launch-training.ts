import type { OperationContext } from '../../shared/context.ts';
import { getExecution } from '../pipeline-store.ts';
import { startTraining } from './training-store.ts';

/** Starts the state machine of a requested execution, unless it was stopped before it began. */
export async function launchTraining(
  data: { readonly execution_id: string },
  context: OperationContext,
): Promise<void> {
  const execution = await getExecution(data.execution_id);
  if (execution?.status !== 'RUNNING') return;
  await startTraining(execution.id, context.correlationId);
}
