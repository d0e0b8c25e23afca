import { errorCause } from '../../events/error-cause.ts';
import type { OperationContext } from '../../shared/context.ts';
import { type Batch, executionOf } from './batch.ts';
import { getPartFailure, type PartResult, putEnd, sumOfParts } from './batch-store.ts';
import { BatchInferenceFailed, BatchInferenceSucceeded } from './events.ts';
import { startedBatch } from './started-batch.ts';

/** Apart from what scores, so that its function stays small. */
export async function finishBatch(id: string, context: OperationContext): Promise<PartResult> {
  const batch = await startedBatch(id);
  const { rows, failed } = await sumOfParts(id);
  if (batch.status === 'SUCCEEDED') return { rows, failed };
  const { error: _, ...rest } = batch;
  const endedAt = context.clock();
  await putEnd(
    { ...rest, status: 'SUCCEEDED', endedAt, rows, failedRows: failed },
    { definition: BatchInferenceSucceeded, data: { ...about(batch), rows, failed_rows: failed } },
    context,
  );
  return { rows, failed };
}

const about = ({ id, model, version, input, output }: Batch) => ({
  batch_id: id,
  model,
  version,
  input,
  output,
});

/** Fails a job whose execution of this name was stopped or died: not one that was retried since. */
export async function settleBatch(
  id: string,
  execution: string,
  failure: { readonly error: string; readonly cause: string },
  context: OperationContext,
): Promise<void> {
  const batch = await startedBatch(id);
  if (batch.status !== 'RUNNING' || executionOf(batch) !== execution) return;
  await failBatch(id, failure, context);
}

const PARTS_FAILED = 'States.ExceedToleratedFailureThreshold';

/** What was scored stays: a retry goes on from there. `error` and `cause` as the state machine caught them. */
export async function failBatch(
  id: string,
  { error, cause }: { readonly error: string; readonly cause: string },
  context: OperationContext,
) {
  const batch = await startedBatch(id);
  if (batch.status === 'FAILED') return { status: 'FAILED' };
  const { rows, failed } = await sumOfParts(id);
  const noted = error === PARTS_FAILED ? await getPartFailure(batch) : undefined;
  const reason = noted ?? errorCause(error, cause);
  const endedAt = context.clock();
  await putEnd(
    { ...batch, status: 'FAILED', endedAt, rows, failedRows: failed, error: reason },
    { definition: BatchInferenceFailed, data: { ...about(batch), message: reason } },
    context,
  );
  return { status: 'FAILED' };
}
