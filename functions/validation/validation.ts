import type { MetricName } from '../policies/index.ts';

/** ERROR: the check could not be done, which counts as failed. SKIPPED: there was nothing to check. */
export type CheckStatus = 'PASSED' | 'FAILED' | 'ERROR' | 'SKIPPED';

/** What one check measured. */
export interface CheckResult {
  readonly name: string;
  readonly status: CheckStatus;
  readonly measured?: number | undefined;
  readonly limit?: Bounds | undefined;
  /** Unit of `measured` and `limit`: a metric's name, `MB`, `ms`. */
  readonly unit?: string | undefined;
  readonly slice?: string | undefined;
  readonly message: string;
  readonly duration_ms: number;
}

/** SKIPPED: the policy validates nothing but promotes. */
export type Verdict = 'PENDING' | 'PASSED' | 'FAILED' | 'SKIPPED';

/** The validation of a version, kept whatever the outcome. */
export interface Validation {
  readonly model: string;
  readonly version: string;
  readonly status: Verdict;
  /** Checks were done, but do not stop a promotion. */
  readonly dry_run: boolean;
  /** Execution of the state machine, which is also the id of the event behind it. */
  readonly execution: string;
  readonly policy: { readonly name: string; readonly revision: number };
  /** Creation of the version: a number can come back when a model is deleted and made anew. */
  readonly registered_at: number;
  readonly checks: readonly CheckResult[];
  /** Why it could not be finished. */
  readonly cause?: string;
  /** ISO 8601. */
  readonly started_at: string;
  readonly finished_at?: string;
}

export const VALIDATION_TAG = 'model_validation_status';

const MAX_MESSAGE_LENGTH = 1000;

/** Fails as soon as one check failed or could not be done. */
export function verdictOf(checks: readonly CheckResult[]): 'PASSED' | 'FAILED' {
  const bad = checks.some(({ status }) => status === 'FAILED' || status === 'ERROR');
  return bad ? 'FAILED' : 'PASSED';
}

export type Outcome = Omit<CheckResult, 'name' | 'duration_ms'>;

/** Runs one check and times it; what it throws becomes its result. */
export async function runCheck(
  name: string,
  check: () => Outcome | Promise<Outcome>,
  slice?: string,
): Promise<CheckResult> {
  const started = performance.now();
  let outcome: Outcome;
  try {
    outcome = await check();
  } catch (error) {
    outcome = { status: 'ERROR', message: error instanceof Error ? error.message : String(error) };
  }
  return {
    name,
    ...(slice !== undefined && { slice }),
    ...outcome,
    message: outcome.message.slice(0, MAX_MESSAGE_LENGTH),
    duration_ms: Math.round(performance.now() - started),
  };
}

export interface Bounds {
  readonly min?: number | null | undefined;
  readonly max?: number | null | undefined;
}

/** Compares a measured value with its bounds; a value that is undefined for these rows fails. */
export function within(measured: number, bounds: Bounds, unit: string): Outcome {
  const { min, max } = bounds;
  const limit = { ...(min != null && { min }), ...(max != null && { max }) };
  if (!Number.isFinite(measured)) {
    return { status: 'ERROR', limit, unit, message: `${unit} is undefined for these rows` };
  }
  const text = `${unit} ${round(measured)}`;
  const base = { measured, limit, unit };
  if (min != null && measured < min) {
    return { ...base, status: 'FAILED', message: `${text} is below ${min}` };
  }
  if (max != null && measured > max) {
    return { ...base, status: 'FAILED', message: `${text} is above ${max}` };
  }
  return { ...base, status: 'PASSED', message: text };
}

const round = (x: number) => Number(x.toPrecision(6));

export interface MetricRule extends Bounds {
  readonly metric: MetricName;
  readonly min_change_vs_champion?: number | null | undefined;
}
