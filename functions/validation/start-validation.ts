import { startExecution } from '../events/execution-store.ts';
import { type PolicyRevision, policyFor } from '../policies/index.ts';
import { getModelVersion } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { requiredEnv } from '../shared/env.ts';
import { insertValidation } from './validation-store.ts';

/**
 * Reacts to a new version: validates it if a policy says so. A policy that promotes without
 * validation gets a skipped one, so that promotion has its event; without a policy nothing happens.
 */
export async function startValidation(
  data: { readonly model: string; readonly version: string },
  context: OperationContext,
  eventId: string,
): Promise<void> {
  const found = await policyFor(data.model);
  if (!found) return;
  const { validation } = found.policy;
  if (validation && validation.mode !== 'disabled') {
    await startExecution(requiredEnv('STATE_MACHINE_VALIDATE'), eventId, {
      execution: eventId,
      model: data.model,
      version: data.version,
      correlation_id: context.correlationId,
    });
  } else if ((found.policy.promotion?.mode ?? 'disabled') !== 'disabled') {
    await skipValidation(data, found, context, eventId);
  }
}

async function skipValidation(
  data: { readonly model: string; readonly version: string },
  { name, revision }: PolicyRevision,
  context: OperationContext,
  eventId: string,
): Promise<void> {
  const version = await getModelVersion(data.model, data.version);
  if (!version) return;
  const now = new Date(context.clock()).toISOString();
  const validation = {
    model: data.model,
    version: data.version,
    status: 'SKIPPED' as const,
    dry_run: false,
    execution: eventId,
    policy: { name, revision },
    registered_at: version.creation_timestamp,
    checks: [],
    started_at: now,
    finished_at: now,
  };
  await insertValidation(validation, version, context);
}
