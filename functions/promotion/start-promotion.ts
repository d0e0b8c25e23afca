import { startExecution } from '../events/execution-store.ts';
import { policyFor } from '../policies/index.ts';
import { getModelVersion, getVersionByAlias, moveAlias } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { requiredEnv } from '../shared/env.ts';
import { CHALLENGER } from './promotion.ts';

export interface ValidatedVersion {
  readonly model: string;
  readonly version: string;
  readonly status: 'PASSED' | 'FAILED' | 'SKIPPED';
  readonly dry_run: boolean;
}

/** Reacts to a verdict: a version that may go on becomes challenger, and is compared if automatic. */
export async function startPromotion(
  data: ValidatedVersion,
  context: OperationContext,
  eventId: string,
): Promise<void> {
  if (data.status === 'FAILED' && !data.dry_run) return;
  const { model, version } = data;
  const mode = (await policyFor(model))?.policy.promotion?.mode ?? 'disabled';
  if (mode === 'disabled' || !(await getModelVersion(model, version))) return;
  await becomeChallenger(model, version, context);
  if (mode !== 'auto') return;
  await startExecution(requiredEnv('STATE_MACHINE_PROMOTE'), eventId, {
    promotion_id: eventId,
    model,
    version,
    correlation_id: context.correlationId,
  });
}

/** The alias only moves forward: verdicts may arrive in any order. */
async function becomeChallenger(
  model: string,
  version: string,
  context: OperationContext,
): Promise<void> {
  for (;;) {
    const current = (await getVersionByAlias(model, CHALLENGER)) ?? null;
    if (current !== null && Number(current) >= Number(version)) return;
    const outcome = await moveAlias(
      { model, alias: CHALLENGER, version, expectedCurrent: current, cause: 'validation' },
      context,
    );
    if (outcome !== 'changed') return;
  }
}
