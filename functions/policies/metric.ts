import * as z from 'zod/mini';

export const METRICS = [
  'roc_auc',
  'log_loss',
  'accuracy',
  'precision',
  'recall',
  'f1',
  'rmse',
  'mae',
  'r2',
] as const;

export type MetricName = (typeof METRICS)[number];

export const metric = z.enum(METRICS);

/** What a metric can be at all: `[lowest, highest]`. */
const RANGE: Readonly<Record<MetricName, readonly [number, number]>> = {
  roc_auc: [0, 1],
  log_loss: [0, Number.POSITIVE_INFINITY],
  accuracy: [0, 1],
  precision: [0, 1],
  recall: [0, 1],
  f1: [0, 1],
  rmse: [0, Number.POSITIVE_INFINITY],
  mae: [0, Number.POSITIVE_INFINITY],
  r2: [Number.NEGATIVE_INFINITY, 1],
};

export const bound = z.nullish(z.number());

/** Why no model could ever meet the bounds; undefined when one could. */
export function impossible(
  {
    min,
    max,
  }: { readonly min?: number | null | undefined; readonly max?: number | null | undefined },
  of?: MetricName,
): string | undefined {
  if (min != null && max != null && min > max) return `min ${min} is above max ${max}`;
  const [lowest, highest] = of ? RANGE[of] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (min != null && min > highest) return `no ${of} is above ${highest}: min ${min} is never met`;
  if (max != null && max < lowest) return `no ${of} is below ${lowest}: max ${max} is never met`;
  return undefined;
}

/** Losses: less is better, and 0 is the best. */
export const isLoss = (of: MetricName): boolean => RANGE[of][1] === Number.POSITIVE_INFINITY;

/** The largest improvement that there can be in a metric. */
export const largestGain = (of: MetricName): number => RANGE[of][1] - RANGE[of][0];
