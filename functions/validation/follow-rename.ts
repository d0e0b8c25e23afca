import { startExecution } from '../events/execution-store.ts';
import { movePolicy } from '../policies/index.ts';
import { listVersions } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { requiredEnv } from '../shared/env.ts';
import { startValidation } from './start-validation.ts';
import { handOver, pendingValidations, validationOf } from './validation-store.ts';

/** How long the event of a version may be on its way and the version still be found after a rename. */
const ON_ITS_WAY_MS = 15 * 60_000;

interface Rename {
  readonly model: string;
  readonly previous_name: string;
}

interface RenameEvent {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
}

/**
 * Reacts to a rename: who validates a version of the model, or is about to be told of it, knows it by a
 * name that it has no more.
 */
export async function followRename(
  rename: Rename,
  context: OperationContext,
  event: RenameEvent,
): Promise<void> {
  await takeOver(rename, context, event);
  // The policy has a consumer of its own, which may come later than this.
  await movePolicy(rename, context, event);
  await startUnknown(rename, context, event);
}

/**
 * The executions that validate versions of the model can record nothing any more: others begin in their
 * place, by the same rules.
 */
async function takeOver(
  { model }: Rename,
  context: OperationContext,
  { id, time }: RenameEvent,
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

/**
 * Versions that were registered just before: their events name a model that is gone, and find nothing. A
 * version that has a validation after all gets no second one.
 */
async function startUnknown(
  { model }: Rename,
  context: OperationContext,
  { id, time }: RenameEvent,
): Promise<void> {
  for await (const version of listVersions(model)) {
    if (version.creation_timestamp < Date.parse(time) - ON_ITS_WAY_MS) return;
    if (await validationOf(version)) continue;
    const number = String(version.version);
    await startValidation({ model, version: number }, context, `${id}-${number}`);
  }
}
