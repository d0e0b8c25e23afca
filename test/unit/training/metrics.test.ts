import { describe, expect, it } from 'vitest';
import { metricsOf, rocAuc } from '../../../lib/training/images/gbdt/model/metrics.ts';

const LABELS = Float64Array.of(0, 0, 1, 1, 1);
const SCORES = Float64Array.of(0.1, 0.4, 0.35, 0.8, 0.4);

describe('metrics', () => {
  it('are those of scikit-learn for probabilities', () => {
    // sklearn.metrics 1.9.1 on these five rows.
    const { roc_auc, log_loss, brier_score, ...rest } = metricsOf('binary', SCORES, LABELS);
    expect(roc_auc).toBeCloseTo(0.75, 15);
    expect(log_loss).toBeCloseTo(0.5610885094221719, 14);
    expect(brier_score).toBeCloseTo(0.1985, 10);
    expect(rest).toEqual({
      accuracy: 0.6,
      precision: 1,
      recall: 1 / 3,
      f1: 0.5,
      positive_rate: 0.6,
    });
  });

  it('leave out what one class cannot give', () => {
    expect(metricsOf('binary', SCORES, new Float64Array(5))).not.toHaveProperty('roc_auc');
    expect(rocAuc(SCORES, new Float64Array(5))).toBeNaN();
  });

  it('are those of scikit-learn for values', () => {
    const metrics = metricsOf(
      'regression',
      Float64Array.of(2.5, 0, 2, 8),
      Float64Array.of(3, -0.5, 2, 7),
    );
    expect(metrics.rmse).toBeCloseTo(Math.sqrt(0.375), 15);
    expect(metrics.mae).toBe(0.5);
    expect(metrics.r2).toBeCloseTo(0.9486081370449679, 15);
  });
});
