import type { Breach } from './window.ts';

/** A limit on a metric of a column; `*` stands for every input column. */
export interface Limit {
  readonly metric: string;
  readonly column?: string | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

/** Figures of a column by metric; `noise` is what chance alone may reach. */
export interface Measured {
  readonly column: string;
  readonly values: Readonly<Record<string, number | null>>;
  readonly noise?: Readonly<Record<string, number>>;
}

/** Column name of figures about the whole window. */
export const WHOLE_TABLE = ':table';
/** Column name of the predictions; `*` does not cover it. */
export const PREDICTION = ':prediction';

/** What is announced for a model without a retraining policy. */
export const DEFAULT_LIMITS: readonly Limit[] = [
  { metric: 'psi', column: '*', above: 0.2 },
  { metric: 'roc_auc', below: 0.5 },
];

/** Whether a limit is about a column: `*` means the inputs, no column means the window as a whole. */
export function covers({ column = WHOLE_TABLE }: Limit, name: string): boolean {
  return column === name || (column === '*' && !name.startsWith(':'));
}

/** The values beyond their limits; a limit below the noise of so few rows gives way to the noise. */
export function findBreaches(
  measured: readonly Measured[],
  limits: readonly Limit[],
  fromPolicy: boolean,
): Breach[] {
  const breaches = new Map<string, Breach>();
  for (const [rule, limit] of limits.entries()) {
    for (const { column, values, noise } of measured) {
      const value = values[limit.metric];
      if (value === undefined || value === null || !covers(limit, column)) continue;
      const threshold =
        limit.above === undefined
          ? limit.below
          : Math.max(limit.above, noise?.[limit.metric] ?? limit.above);
      if (threshold === undefined) continue;
      const beyond = limit.above === undefined ? value < threshold : value > threshold;
      const id = `${limit.metric}|${column}`;
      if (!beyond || breaches.has(id)) continue;
      breaches.set(id, {
        column,
        metric: limit.metric,
        value,
        threshold,
        ...(fromPolicy && { rule }),
      });
    }
  }
  return [...breaches.values()];
}
