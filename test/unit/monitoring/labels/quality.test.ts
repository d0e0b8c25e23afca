import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classificationQuality,
  rocAuc,
  SCORE_BINS,
} from '../../../../functions/monitoring/labels/quality.ts';

const sample = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
    fc.constantFrom<0 | 1>(0, 1),
  ),
  { minLength: 1, maxLength: 60 },
);

/** By definition: every pair of a positive and a negative, ties half. */
function aucByPairs(scores: readonly number[], labels: readonly (0 | 1)[]): number | null {
  let [wins, pairs] = [0, 0];
  for (const [i, score] of scores.entries()) {
    for (const [j, other] of scores.entries()) {
      if (labels[i] !== 1 || labels[j] !== 0) continue;
      pairs++;
      wins += score > other ? 1 : score === other ? 0.5 : 0;
    }
  }
  return pairs === 0 ? null : wins / pairs;
}

describe('classificationQuality', () => {
  it('gives the figures of scikit-learn', () => {
    // roc_auc_score = 0.75, log_loss = 0.47228…, accuracy_score(>= 0.5) = 0.75
    const quality = classificationQuality([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
    expect(quality?.roc_auc).toBeCloseTo(0.75, 12);
    expect(quality?.log_loss).toBeCloseTo(
      -(Math.log(0.9) + Math.log(0.6) + Math.log(0.35) + Math.log(0.8)) / 4,
      12,
    );
    expect(quality?.accuracy).toBe(0.75);
    expect(quality?.positives).toBe(2);
  });

  it('has the area under the curve of all pairs, ties half', () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const scores = rows.map(([score]) => score);
        const labels = rows.map(([, label]) => label);
        const expected = aucByPairs(scores, labels);
        const auc = rocAuc(scores, labels);
        if (expected === null) expect(auc).toBeNull();
        else expect(auc).toBeCloseTo(expected, 12);
      }),
    );
  });

  it('counts every row once in the histogram, so that windows add up', () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const quality = classificationQuality(
          rows.map(([score]) => score),
          rows.map(([, label]) => label),
        )!;
        const sum = (list: readonly number[]) => list.reduce((total, count) => total + count, 0);
        expect(sum(quality.histogram.positives)).toBe(quality.positives);
        expect(sum(quality.histogram.negatives)).toBe(quality.rows - quality.positives);
        expect(quality.histogram.positives).toHaveLength(SCORE_BINS);
      }),
    );
  });

  it('survives certain and wrong predictions, and has nothing to say without rows', () => {
    expect(classificationQuality([1, 0], [0, 1])?.log_loss).toBeCloseTo(36.04, 2);
    expect(classificationQuality([], [])).toBeUndefined();
  });
});
