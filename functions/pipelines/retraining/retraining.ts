import { type Breach, covers } from '../../monitoring/index.ts';
import type { RetrainingPolicy } from '../../policies/index.ts';
import { addDuration, parseDuration } from '../../shared/duration.ts';

/** What the retrain policy made of one window of one kind. */
export interface RetrainingDecision {
  readonly model: string;
  readonly endpoint: string;
  readonly series: string;
  readonly window: string;
  readonly kind: 'inputs' | 'labels';
  /** The version whose window it was. */
  readonly version: string;
  /**
   * `not_met`: no rule holds yet. `suppressed`: a rule holds, but a gate is shut. `no_policy`: no
   * retraining policy covers the model.
   */
  readonly outcome: 'requested' | 'suppressed' | 'not_met' | 'no_policy';
  readonly reason: string;
  readonly executionId?: string;
  /** Epoch milliseconds. */
  readonly decidedAt: number;
}

/** What the gates remember of a model, in event time. */
export interface RetrainingState {
  readonly revision: number;
  /** End of the window that caused the last retraining, epoch milliseconds. */
  readonly lastEnd?: number;
  /** Retrainings by month, `2001-03`. */
  readonly byMonth: Readonly<Record<string, number>>;
}

export const INITIAL_STATE: RetrainingState = { revision: 0, byMonth: {} };

/** An evaluated window: its breaches, none if all was well. */
export interface EvaluatedWindow {
  readonly window: string;
  readonly breaches: readonly Breach[];
}

type Rule = RetrainingPolicy['when'][number];

/**
 * The first rule that holds: the newest window breaches it, and so do k of the last n windows, in
 * the same column. `windows` are those evaluated for the champion, newest first. Returns a sentence.
 */
export function ruleThatHolds(
  when: readonly Rule[],
  windows: readonly EvaluatedWindow[],
): string | undefined {
  const [newest] = windows;
  if (!newest) return undefined;
  for (const rule of when) {
    const last = windows.slice(0, rule.n);
    for (const column of columnsInBreach(rule, newest.breaches)) {
      const breached = last.filter(({ breaches }) =>
        columnsInBreach(rule, breaches).has(column),
      ).length;
      if (breached < rule.k) continue;
      const limit = rule.above === undefined ? `below ${rule.below}` : `above ${rule.above}`;
      const what = column === ':table' ? rule.metric : `${rule.metric} of ${column}`;
      return `${what} ${limit} in ${breached} of the last ${last.length} windows`;
    }
  }
  return undefined;
}

function columnsInBreach(rule: Rule, breaches: readonly Breach[]): Set<string> {
  const own = breaches.filter(
    ({ metric, column, value }) =>
      metric === rule.metric &&
      covers(rule, column) &&
      (rule.above === undefined || value > rule.above) &&
      (rule.below === undefined || value < rule.below),
  );
  return new Set(own.map(({ column }) => column));
}

/** Why a retraining that is due must not start, by the gates in their order; undefined if it may. */
export function shutGate(
  policy: RetrainingPolicy,
  state: RetrainingState,
  window: { readonly start: string; readonly end: number },
  inFlight: string | undefined,
): string | undefined {
  if (inFlight !== undefined) return `execution ${inFlight} is in flight`;
  if (policy.cooldown !== undefined && state.lastEnd !== undefined) {
    const until = addDuration(state.lastEnd, parseDuration(policy.cooldown));
    if (window.end < until) return `cooling down until ${new Date(until).toISOString()}`;
  }
  const month = monthOf(window.start);
  const spent = state.byMonth[month] ?? 0;
  if (policy.max_per_month !== undefined && spent >= policy.max_per_month) {
    return `${spent} retrainings in ${month} already, and at most ${policy.max_per_month} are allowed`;
  }
  return undefined;
}

const monthOf = (window: string): string => window.slice(0, 7);

/** The state after a retraining that this window caused. */
export function afterRetraining(
  state: RetrainingState,
  window: { readonly start: string; readonly end: number },
): Omit<RetrainingState, 'revision'> {
  const month = monthOf(window.start);
  return {
    lastEnd: Math.max(state.lastEnd ?? window.end, window.end),
    byMonth: { ...state.byMonth, [month]: (state.byMonth[month] ?? 0) + 1 },
  };
}
