import { policyFor } from '../policies/index.ts';
import { getModelVersion } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { championOf } from './champion-of.ts';
import { pythonLocations } from './python-locations.ts';
import type { Location } from './python-model.ts';
import type { ValidationTaskInput } from './task-input.ts';
import { insertValidation, validationOf } from './validation-store.ts';

export interface ValidationPlan {
  /** `artifact`, `data`, `performance`, `latency`, `custom/<index>`: one task each. */
  readonly checks: readonly string[];
  /** Artefacts that the checks will have scored in Python: each needs its environment first. */
  readonly environments: readonly Location[];
}

const NOTHING: ValidationPlan = { checks: [], environments: [] };

/**
 * Marks the version PENDING and says which groups of checks its policy asks for. Without any group
 * there is nothing to validate any more: the version or its policy is gone, or it has a verdict.
 */
export async function beginValidation(
  { execution, model, version }: ValidationTaskInput,
  context: OperationContext,
): Promise<ValidationPlan> {
  const [found, registered] = await Promise.all([
    policyFor(model),
    getModelVersion(model, version),
  ]);
  const policy = found?.policy.validation;
  if (!found || !policy || policy.mode === 'disabled' || !registered) return NOTHING;
  const current = await validationOf(registered);
  const resumed = current?.execution === execution && current.status === 'PENDING';
  if (current && !resumed) return NOTHING;
  if (!resumed) {
    const dry_run = policy.mode === 'dry_run';
    const begun = await insertValidation(
      {
        model,
        version,
        status: 'PENDING',
        dry_run,
        execution,
        policy: { name: found.name, revision: found.revision },
        registered_at: registered.creation_timestamp,
        checks: [],
        started_at: new Date(context.clock()).toISOString(),
      },
      context,
    );
    if (!begun) return NOTHING;
  }
  const performance = (policy.thresholds?.length ?? 0) + (policy.slices?.length ?? 0) > 0;
  const latency = policy.latency_p95_ms !== undefined;
  const scored = [
    ...(performance || latency ? [registered] : []),
    ...(performance ? [await championOf(registered)] : []),
  ];
  return {
    environments: await pythonLocations(scored),
    checks: [
      'artifact',
      ...(policy.data_quality ? ['data'] : []),
      ...(performance ? ['performance'] : []),
      ...(latency ? ['latency'] : []),
      ...(policy.custom ?? []).map((_, index) => `custom/${index}`),
    ],
  };
}
