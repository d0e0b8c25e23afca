import { type Comparison, demanded, type PairedScores, type Rule } from './comparison.ts';
import { normalQuantile, normalSurvival } from './normal.ts';

/** A row counts as positive from this score on. */
const THRESHOLD = 0.5;

/** Below this many discordant pairs the mid-p is not sure to keep to alpha. */
const SMALL = 25;

/**
 * McNemar's test of two classifiers on the same rows. With no margin the p-value is the exact
 * one-sided one of the binomial distribution of discordant pairs, from 25 of them on its mid-p, which
 * is less conservative (Fagerland et al., BMC Med Res Methodol 13:91, 2013); with
 * one it is that of the adjusted Wald interval (Agresti and Min, Statistics in Medicine 24, 2005),
 * which also gives the interval of the difference of accuracies.
 */
export function mcnemar(scores: PairedScores, rule: Rule): Comparison {
  const { labels } = scores;
  const n = labels.length;
  let both = 0;
  let onlyChallenger = 0;
  let onlyChampion = 0;
  for (let i = 0; i < n; i++) {
    const label = labels[i] === 1;
    const challenger = (scores.challenger[i] ?? 0) >= THRESHOLD === label;
    const champion = (scores.champion[i] ?? 0) >= THRESHOLD === label;
    if (challenger && champion) both++;
    else if (challenger) onlyChallenger++;
    else if (champion) onlyChampion++;
  }
  const { difference, error } = adjustedWald(onlyChallenger, onlyChampion, n);
  const half = normalQuantile(1 - rule.alpha) * error;
  const bar = demanded(rule);
  return {
    test: 'mcnemar',
    n,
    challenger: (both + onlyChallenger) / n,
    champion: (both + onlyChampion) / n,
    estimate: (onlyChallenger - onlyChampion) / n,
    interval: [Math.max(-1, difference - half), Math.min(1, difference + half)],
    confidence: 1 - 2 * rule.alpha,
    p_value:
      bar === 0
        ? oneSided(onlyChallenger, onlyChampion)
        : normalSurvival((difference - bar) / error),
  };
}

/** Half a count added to each of the four cells. */
function adjustedWald(b: number, c: number, n: number) {
  const total = n + 2;
  const difference = (b - c) / total;
  const discordant = (b + c + 1) / total;
  return { difference, error: Math.sqrt((discordant - difference ** 2) / total) };
}

const oneSided = (b: number, c: number) => (b + c < SMALL ? exactP(b, c) : midP(b, c));

/** P(X ≥ b) for X ~ Binomial(b + c, 1/2); 1 when no pair is discordant. */
export const exactP = (b: number, c: number): number => upperTail(b, c, 1);

/** P(X > b) + P(X = b) / 2 for X ~ Binomial(b + c, 1/2); 1 when no pair is discordant. */
export const midP = (b: number, c: number): number => upperTail(b, c, 1 / 2);

/** P(X > b) and a share of P(X = b). */
function upperTail(b: number, c: number, share: number): number {
  const n = b + c;
  if (n === 0) return 1;
  let logTerm = -n * Math.LN2;
  let sum = 0;
  // From X = n down to b, so that the small terms are added first.
  for (let x = n; x >= b; x--) {
    sum += x === b ? share * Math.exp(logTerm) : Math.exp(logTerm);
    logTerm += Math.log(x) - Math.log(n - x + 1);
  }
  return Math.min(sum, 1);
}
