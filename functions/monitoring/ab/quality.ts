import type { ArmData } from './arm.ts';
import { area, type Measured, mean } from './intervals.ts';

export const AB_METRICS = ['roc_auc', 'accuracy', 'brier', 'absolute_error'] as const;
export type AbMetric = (typeof AB_METRICS)[number];

export const HIGHER_IS_BETTER: Readonly<Record<AbMetric, boolean>> = {
  roc_auc: true,
  accuracy: true,
  brier: false,
  absolute_error: false,
};

/** The metric that the labels allow: of a binary classifier, or of a regression. */
export const defaultMetric = (arms: readonly ArmData[]): AbMetric =>
  arms.every(({ labels }) => labels.every((label) => label === 0 || label === 1))
    ? 'roc_auc'
    : 'absolute_error';

/** The metric over an arm's labelled rows; null when they say nothing about it. */
export function qualityOf({ scores, labels }: ArmData, metric: AbMetric): Measured | null {
  const each = (value: (score: number, label: number) => number) =>
    mean(scores.map((score, i) => value(score, labels[i] ?? 0)));
  switch (metric) {
    case 'roc_auc':
      return area(scores, labels);
    case 'accuracy':
      return each((score, label) => Number(score >= 0.5 === label >= 0.5));
    case 'brier':
      return each((score, label) => (score - label) ** 2);
    case 'absolute_error':
      return each((score, label) => Math.abs(score - label));
  }
}
