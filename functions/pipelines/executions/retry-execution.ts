import type { OperationContext } from '../../shared/context.ts';
import { DomainError } from '../../shared/errors.ts';
import { existingPipeline } from '../get-pipeline.ts';
import { withParameters } from '../pipeline.ts';
import { requireEditor } from '../require-editor.ts';
import { describeExecution, type Execution } from './execution.ts';
import { existingExecution } from './get-execution.ts';
import { requestInTurn } from './request-in-turn.ts';

/**
 * Requests the same once more, with the definition and the parameters of then; what its jobs did
 * well is not done again.
 */
export async function retryExecution(id: string, context: OperationContext) {
  const former = await existingExecution(id);
  await requireEditor(former.document, context);
  if (former.status === 'RUNNING' || former.status === 'QUEUED') {
    throw new DomainError('RESOURCE_CONFLICT', `Execution ${id} is ${former.status} still`);
  }
  const pipeline = await existingPipeline(former.pipeline);
  const { parameters } = former;
  // It may be of a time when a field had no default yet.
  const document = withParameters(former.document, {});
  const request = {
    ...{ parameters, document, reason: `retry of ${id}`, retryOf: id },
    ...(wasCutShort(former) && { checkpointsOf: former.checkpointsOf ?? id }),
  };
  return describeExecution(await requestInTurn(pipeline, request, context));
}

/** What was trained to its end has checkpoints of all of it: a retry that trains wants another. */
const wasCutShort = ({ status }: Execution) => status === 'FAILED' || status === 'STOPPED';
