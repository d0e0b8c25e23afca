import type { FailedExecution } from '../events/failed-executions.ts';
import type { OperationContext } from '../shared/context.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { recordFailure } from './finish-validation.ts';
import { taskInput } from './task-input.ts';

/** Fails the version whose validation was stopped, or died before it could say so. */
export async function settleValidation(
  { input, error, cause }: FailedExecution,
  context: OperationContext,
): Promise<void> {
  await recordFailure({ ...parseValue(input, taskInput), error, cause }, context);
}
