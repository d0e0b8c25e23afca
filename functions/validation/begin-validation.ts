import type { OperationContext } from '../shared/context.ts';
import { championOf } from './champion-of.ts';
import { markPending } from './mark-pending.ts';
import { pythonLocations } from './python-locations.ts';
import type { Location } from './python-model.ts';
import type { ValidationTaskInput } from './task-input.ts';

interface ValidationPlan {
  /** `artifact`, `data`, `performance`, `latency`, `custom/<index>`: one task each. */
  readonly checks: readonly string[];
  /** Artefacts that the checks will load in Python: their environments have to be built first. */
  readonly environments: readonly Location[];
}

/**
 * Marks the version PENDING and says which groups of checks its policy asks for. Without any group
 * there is nothing to validate any more: the version or its policy is gone, or it has a verdict.
 */
export async function beginValidation(
  input: ValidationTaskInput,
  context: OperationContext,
): Promise<ValidationPlan> {
  const pending = await markPending(input, context);
  if (!pending) return { checks: [], environments: [] };
  const { rules, version } = pending;
  const performance = (rules.thresholds?.length ?? 0) + (rules.slices?.length ?? 0) > 0;
  const latency = rules.latency_p95_ms !== undefined;
  return {
    environments: await pythonLocations([
      version,
      ...(performance ? [await championOf(version)] : []),
    ]),
    checks: [
      'artifact',
      ...(rules.data_quality ? ['data'] : []),
      ...(performance ? ['performance'] : []),
      ...(latency ? ['latency'] : []),
      ...(rules.custom ?? []).map((_, index) => `custom/${index}`),
    ],
  };
}
