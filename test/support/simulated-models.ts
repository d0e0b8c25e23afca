import type { PairedScores } from '../../functions/promotion/statistics/comparison.ts';
import { seededIntegers } from '../../functions/promotion/statistics/random.ts';

/** Standard normal numbers that are the same for the same seed. */
export function normals(seed: string): () => number {
  const next = seededIntegers(seed);
  const uniform = () => (next(2 ** 31) + 0.5) / 2 ** 31;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Spread of what both models see of a row, and of what each sees alone. */
const SHARED = 0.8;
const OWN = Math.sqrt(1 - SHARED ** 2);

/**
 * Two models on the same rows, three in ten of them positive. A score is normal, shifted by
 * `separation` for positives, so that the area under the curve is Φ(separation / √2); the champion's
 * separation is 1 (area 0.760), the challenger's is given: 1 makes equal models. Scores are
 * probabilities after a logistic function, half of them above 0.5 where the separation is 0.
 */
export function simulate(normal: () => number, rows: number, separation = 1): PairedScores {
  const labels = new Float64Array(rows);
  const challenger = new Float64Array(rows);
  const champion = new Float64Array(rows);
  const probability = (score: number) => 1 / (1 + Math.exp(-score + 0.85));
  for (let i = 0; i < rows; i++) {
    const label = normal() < -0.5244 ? 1 : 0;
    const shared = SHARED * normal();
    labels[i] = label;
    challenger[i] = probability(shared + OWN * normal() + label * separation);
    champion[i] = probability(shared + OWN * normal() + label);
  }
  return { labels, challenger, champion };
}
