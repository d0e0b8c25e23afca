import { startExecution } from '../events/execution-store.ts';
import { policyFor } from '../policies/index.ts';
import { getModelVersion, getVersionByAlias, moveAlias } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { requiredEnv } from '../shared/env.ts';
import { isChallenger } from './challenger.ts';
import { presentName } from './present-name.ts';
import { CHALLENGER } from './promotion.ts';

interface ValidatedVersion {
  readonly model: string;
  /** Absent in verdicts of before it was told, and for models without. */
  readonly model_id?: string | undefined;
  readonly version: string;
  /** ISO 8601; absent in verdicts of before it was told. */
  readonly registered_at?: string | undefined;
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
  const { model_id, version } = data;
  const found = await findValidated(data, context);
  if (!found || found.mode === 'disabled') return;
  const { model, mode } = found;
  try {
    await becomeChallenger(model, version, context);
  } catch (error) {
    // The model was renamed since it was found: try again under its new name.
    if ((await presentName({ model, model_id }, context)) === model) throw error;
    return startPromotion(data, context, eventId);
  }
  if (mode !== 'auto') return;
  await startExecution(requiredEnv('STATE_MACHINE_PROMOTE'), eventId, {
    promotion_id: eventId,
    model,
    ...(model_id && { model_id }),
    version,
    ...(data.registered_at && { registered_at: data.registered_at }),
    correlation_id: context.correlationId,
  });
}

/** The present name of the version's model, and how it is promoted; undefined when the version is gone. */
async function findValidated(data: ValidatedVersion, context: OperationContext) {
  const { model, version } = data;
  const as = async (name: string) => {
    // In this order: a policy leaves a name after the versions have.
    const mode = (await policyFor(name))?.policy.promotion?.mode ?? 'disabled';
    // A model that was deleted and created again may have another version of this number.
    const isThere = isChallenger(data, await getModelVersion(name, version));
    return isThere ? { model: name, mode } : undefined;
  };
  const found = await as(model);
  if (found) return found;
  const name = await presentName(data, context);
  return name === model ? undefined : as(name);
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
