import { errorCause } from '../events/error-cause.ts';
import type { OperationContext } from '../shared/context.ts';
import { markPending } from './mark-pending.ts';
import type { ValidationTaskInput } from './task-input.ts';
import { type CheckResult, type Validation, verdictOf, worstSlices } from './validation.ts';
import { findValidation, finishValidation } from './validation-store.ts';

const MAX_CAUSE_LENGTH = 1000;

/** Records every check and the verdict; a repetition answers the verdict that is there. */
export async function recordVerdict(
  input: ValidationTaskInput & { readonly results: readonly CheckResult[] },
  context: OperationContext,
): Promise<{ status: string }> {
  const checks = input.results.map(readable);
  const worst_slices = worstSlices(checks);
  return finish(input, { checks, worst_slices, status: verdictOf(checks) }, context);
}

/** A group of checks that broke has `<error>: <cause>` of the state machine as its message. */
function readable(result: CheckResult): CheckResult {
  const [, error = '', cause = ''] = /^([\w.]+): (\{.*\})$/s.exec(result.message) ?? [];
  return error === '' ? result : { ...result, message: errorCause(error, cause) };
}

/**
 * Records that the validation itself broke: the version failed, and the cause says why. When it broke
 * before the version was marked, it is marked first: a version never waits for a verdict in vain.
 */
export async function recordFailure(
  input: ValidationTaskInput & { readonly error: string; readonly cause: string },
  context: OperationContext,
): Promise<{ status: string }> {
  const cause = errorCause(input.error, input.cause).slice(0, MAX_CAUSE_LENGTH);
  await markPending(input, context);
  return finish(input, { status: 'FAILED', cause }, context);
}

async function finish(
  { execution, model, version }: ValidationTaskInput,
  outcome: Pick<Validation, 'cause' | 'worst_slices'> & {
    readonly status: 'PASSED' | 'FAILED';
    readonly checks?: readonly CheckResult[];
  },
  context: OperationContext,
): Promise<{ status: string }> {
  const current = await findValidation(model, version);
  if (current?.execution !== execution) return { status: 'GONE' };
  if (current.status !== 'PENDING') return { status: current.status };
  const finished_at = new Date(context.clock()).toISOString();
  const { rules: _, ...judged } = current;
  const done = await finishValidation({ ...judged, ...outcome, finished_at }, context);
  if (done) return { status: outcome.status };
  return { status: (await findValidation(model, version))?.status ?? 'GONE' };
}
