import type { MetricName, ValidationPolicy } from '../policies/index.ts';

/** ERROR: the check could not be done, which counts as failed. SKIPPED: there was nothing to check. */
type CheckStatus = 'PASSED' | 'FAILED' | 'ERROR' | 'SKIPPED';

/** What one check measured. */
export interface CheckResult {
  readonly name: string;
  readonly status: CheckStatus;
  readonly measured?: number | undefined;
  readonly limit?: Bounds | undefined;
  /** Unit of `measured` and `limit`: a metric's name, `MB`, `ms`. */
  readonly unit?: string | undefined;
  readonly slice?: string | undefined;
  /** Of a rule with a slice for each value of a column: the slice that was measured, and of how many. */
  readonly worst?: { readonly slice: string; readonly of: number } | undefined;
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
  /** What that revision asks for; kept until there is a verdict, and never shown. */
  readonly rules?: ValidationPolicy;
  /** Creation of the version: a number can come back when a model is deleted and created again. */
  readonly registered_at: number;
  readonly checks: readonly CheckResult[];
  /** For each check that was made on several slices, the one that came off worst. */
  readonly worst_slices?: readonly WorstSlice[];
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

/** The slice on which a check came off worst. */
interface WorstSlice {
  readonly check: string;
  readonly slice: string;
  /** The rule whose slice it is, if that has one for each value of a column. */
  readonly rule?: string;
  readonly measured: number;
  readonly status: CheckStatus;
}

/** The worst slice of each check that two or more slices have: nearest to its limit, or beyond it. */
export function worstSlices(checks: readonly CheckResult[]): WorstSlice[] {
  const found = new Map<string, { worst: WorstSlice; badness: number; slices: number }>();
  for (const { name, slice, worst, measured, limit, status } of checks) {
    if (slice === undefined || measured === undefined) continue;
    const badness = excess(measured, limit ?? {});
    const former = found.get(name);
    const worse = !former || badness > former.badness;
    const named = worst ? { slice: worst.slice, rule: slice } : { slice };
    found.set(name, {
      worst: worse ? { check: name, ...named, measured, status } : former.worst,
      badness: worse ? badness : former.badness,
      slices: (former?.slices ?? 0) + (worst?.of ?? 1),
    });
  }
  return [...found.values()].filter(({ slices }) => slices > 1).map(({ worst }) => worst);
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

interface Bounds {
  readonly min?: number | null | undefined;
  readonly max?: number | null | undefined;
}

/** How far a value is beyond its nearest bound; less than 0 inside. */
export const excess = (measured: number, { min, max }: Bounds): number =>
  Math.max(
    min == null ? Number.NEGATIVE_INFINITY : min - measured,
    max == null ? Number.NEGATIVE_INFINITY : measured - max,
  );

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

/** Limits of a metric; see the policy for what each means. */
export interface MetricRule extends Bounds {
  readonly metric: MetricName;
  readonly min_change_vs_champion?: number | null | undefined;
  readonly min_relative_change_vs_champion?: number | null | undefined;
  readonly min_change_vs_baseline?: number | null | undefined;
}
