import type { PromotionPolicy } from '../policies/index.ts';
import { metricValue, weightedMetric } from '../validation/index.ts';
import { bootstrap } from './statistics/bootstrap.ts';
import type { Comparison, PairedScores, Rule } from './statistics/comparison.ts';
import { delong } from './statistics/delong.ts';
import { mcnemar } from './statistics/mcnemar.ts';

/** Runs the policy's test on one set of rows. The seed makes the draws of a bootstrap repeatable. */
export function compare(
  { test, metric }: Pick<PromotionPolicy, 'test' | 'metric'>,
  scores: PairedScores,
  rule: Rule,
  seed: string,
): Comparison {
  switch (test) {
    case 'delong':
      return delong(scores, rule);
    case 'mcnemar':
      return mcnemar(scores, rule);
    case 'bootstrap':
      return bootstrap(
        {
          n: scores.labels.length,
          challenger: weightedMetric(metric, scores.labels, scores.challenger),
          champion: weightedMetric(metric, scores.labels, scores.champion),
          seed,
          exchanged: (rows) => {
            const swap = (own: Float64Array, other: Float64Array) =>
              own.map((score, i) => (rows[i] ? (other[i] ?? score) : score));
            const { labels, challenger, champion } = scores;
            return (
              metricValue(metric, labels, swap(challenger, champion)) -
              metricValue(metric, labels, swap(champion, challenger))
            );
          },
        },
        rule,
      );
  }
}
