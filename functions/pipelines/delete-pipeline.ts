import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite } from '../shared/dynamo/index.ts';
import { conflict, DomainError } from '../shared/errors.ts';
import { PipelineDeleted } from './events.ts';
import { existingPipeline } from './get-pipeline.ts';
import { getLock, pipelineDelete, platformTableName } from './pipeline-store.ts';
import { requireEditor } from './require-editor.ts';
import { triggerWrites } from './triggers/trigger-store.ts';

/** Refused while an execution runs or waits; executions that ended stay. */
export async function deletePipeline(name: string, context: OperationContext): Promise<object> {
  const pipeline = await existingPipeline(name);
  await requireEditor(pipeline.document, context);
  const lock = await getLock(name);
  if (lock) {
    throw new DomainError(
      'RESOURCE_CONFLICT',
      `Pipeline '${name}' runs execution ${lock.execution}; stop it first`,
    );
  }
  try {
    await transactWrite([
      ...pipelineDelete(pipeline),
      ...triggerWrites(pipeline, undefined),
      outbox(platformTableName(), PipelineDeleted, { pipeline: name }, context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw conflict(`Pipeline '${name}' was changed or started at the same moment; try again`);
  }
  return {};
}
