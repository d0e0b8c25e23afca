import type { OperationContext } from '../../shared/context.ts';
import { DomainError } from '../../shared/errors.ts';
import { updateRun } from '../../tracking/index.ts';

/** Ends the run of an execution that failed or was stopped; does nothing if somebody deleted the run. */
export async function endRun(
  runId: string,
  status: 'FAILED' | 'KILLED',
  context: OperationContext,
): Promise<void> {
  try {
    await updateRun({ run_id: runId, status, end_time: context.clock() }, context);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
}
