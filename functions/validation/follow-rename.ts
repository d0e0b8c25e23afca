import { startExecution } from '../events/execution-store.ts';
import type { OperationContext } from '../shared/context.ts';
import { requiredEnv } from '../shared/env.ts';
import { handOver, pendingValidations } from './validation-store.ts';

/**
 * Reacts to a rename: the executions that validate versions of the model know its former name and can
 * record nothing any more, so others begin in their place, by the same rules.
 */
export async function followRename(
  { model }: { readonly model: string },
  context: OperationContext,
  { id, time }: { readonly id: string; readonly time: string },
): Promise<void> {
  for (const validation of await pendingValidations(model)) {
    const { version, started_at, execution: former } = validation;
    const execution = `${id}-${version}`;
    const before = Date.parse(started_at) <= Date.parse(time);
    if (!before || !(former === execution || (await handOver(validation, execution)))) continue;
    const { correlationId: correlation_id } = context;
    const input = { execution, model, version, correlation_id };
    await startExecution(requiredEnv('STATE_MACHINE_VALIDATE'), execution, input);
  }
}
