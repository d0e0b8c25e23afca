import type { CostEvidence } from './compare-costs.ts';
import type { SliceEvidence } from './judge-slices.ts';
import type { Comparison } from './statistics/comparison.ts';

/**
 * `waiting`: nothing could be compared, the challenger stays one. `unchanged`: it was the champion
 * already. `failed`: the comparison itself broke.
 */
export type PromotionVerdict = 'promoted' | 'rejected' | 'waiting' | 'unchanged' | 'failed';

export interface Measured {
  readonly measured: number;
  readonly min?: number | null | undefined;
  readonly max?: number | null | undefined;
}

/** The evidence of a decision. */
export interface Evidence {
  readonly kind: 'comparison' | 'baseline' | 'none';
  readonly metric?: string;
  readonly rule?: string;
  readonly margin?: number;
  readonly alpha?: number;
  readonly comparison?: Comparison;
  /** The column of the evaluation data that stood in for a champion. */
  readonly against?: string;
  readonly slices?: readonly SliceEvidence[];
  readonly cost?: CostEvidence;
  /** The baseline's metric of the challenger, and its bounds. */
  readonly baseline?: Measured;
  /** The rows that both were scored on. */
  readonly data?: { readonly path: string; readonly digest: string; readonly rows: number };
}

/** A promotion from the first comparison to its decision. */
export interface Promotion {
  /** Id of the event that asked for it, and name of the execution. */
  readonly id: string;
  readonly model: string;
  /** Id of the model, which stays when it is renamed; absent where it is not known. */
  readonly model_id?: string;
  readonly challenger: string;
  /**
   * When the challenger was registered, ISO 8601: a number can come back when a model is deleted and
   * created again. Absent if it was gone before the comparison, and in promotions of older releases.
   */
  readonly registered_at?: string;
  /** The champion that it was compared with; null: there was none. */
  readonly champion: string | null;
  readonly status: 'DECIDING' | 'WAITING_FOR_APPROVAL' | 'DECIDED';
  readonly verdict: PromotionVerdict | null;
  readonly evidence: Evidence;
  /** The outcome, or so far the comparison, in a sentence. */
  readonly text: string;
  readonly policy: { readonly name: string; readonly revision: number } | null;
  /** ISO 8601. */
  readonly created_at: string;
  readonly decided_at: string | null;
  readonly reverted: { readonly at: string; readonly by: string } | null;
}

export const CHAMPION = 'champion';
export const CHALLENGER = 'challenger';

const number = (x: number) => String(Number(x.toPrecision(4)));

/** `roc_auc 0.712 against 0.698 on 12345 rows (difference 0.014, 90 % interval 0.009 to 0.019, …)`. */
export function comparisonText(metric: string, comparison: Comparison): string {
  const { challenger, champion, estimate, interval, confidence, p_value: p, n } = comparison;
  const [low, high] = interval.map(number);
  const probability = p < 0.001 ? 'p < 0.001' : `p = ${number(p)}`;
  return (
    `${metric} ${number(challenger)} against ${number(champion)} on ${n} rows ` +
    `(difference ${number(estimate)}, ${number(100 * confidence)} % interval ${low} to ${high}, ` +
    `${comparison.test} ${probability})`
  );
}
