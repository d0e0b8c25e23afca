import { requireLevelOn } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import type { PipelineDocument } from './pipeline.ts';

/**
 * Throws PERMISSION_DENIED when a definition's model has a list of permissions and the actor may not add
 * versions to it: what a pipeline trains is registered by the platform, whoever started it.
 */
export function requireEditor(
  { model }: Pick<PipelineDocument, 'model'>,
  context: OperationContext,
): Promise<void> {
  return requireLevelOn(model, 'CAN_EDIT', context);
}
