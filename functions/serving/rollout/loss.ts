import type { RolloutStrategy } from './strategy.ts';

type Quality = NonNullable<RolloutStrategy['analysis']['quality']>;
export type LabelValue = number | boolean | string | null;

/**
 * How bad the answers of one request were, between 0 and 1: the mean over its rows of the squared
 * error of a probability (Brier, Monthly Weather Review 78, 1950), of wrong classes at a threshold of
 * one half, or of the absolute error in units of `scale`. Undefined when no row can be judged.
 */
export function lossOf(
  predictions: readonly unknown[],
  label: LabelValue | readonly LabelValue[],
  quality: Quality,
): number | undefined {
  const truths = Array.isArray(label) ? (label as readonly LabelValue[]) : [label as LabelValue];
  const losses = predictions.flatMap((prediction, i) => {
    const [score, truth] = [numberOf(prediction), numberOf(truths[i])];
    return score === undefined || truth === undefined ? [] : rowLoss(score, truth, quality);
  });
  if (losses.length === 0) return undefined;
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

function rowLoss(score: number, truth: number, { loss, scale = 1 }: Quality): number {
  switch (loss) {
    case 'brier':
      return Math.min(1, (score - truth) ** 2);
    case 'error':
      return score >= 0.5 === truth >= 0.5 ? 0 : 1;
    case 'absolute_error':
      return Math.min(1, Math.abs(score - truth) / scale);
  }
}

/** A number, a boolean, or the first number of a record of outputs. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.values(value).find((one): one is number => typeof one === 'number');
}
