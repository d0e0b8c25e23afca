/**
 * An always-valid test of whether a candidate's mean outcome is worse than the champion's by more
 * than a tolerance, by betting (Waudby-Smith and Ramdas, Estimating means of bounded random variables
 * by betting, J. R. Stat. Soc. B 86, 2024) on the inverse-probability-weighted difference.
 *
 * Outcomes x lie in [0, 1], larger is worse. A request goes to the candidate with probability s, so
 * z = a (x − m) / s − (1 − a) (x − m) / (1 − s), with a = 1 for the candidate and m any number that is
 * fixed before the request (here the mean so far, which takes the variance away), has the difference
 * of the means as its expectation. If that is at most the tolerance t, the wealth Π (1 + λ (z − t))
 * with bets λ ≥ 0 that are fixed beforehand and keep every factor positive is a supermartingale that
 * starts at 1: by Ville's inequality it ever reaches 1/α with probability α at most, whenever and
 * however often one looks. The mean over several bets is such a wealth, too. The reversed bet tells
 * whether the candidate is worse by less than the tolerance.
 */

/** Bets as shares of the largest one that can never lose everything. */
const BETS = [1 / 64, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.95];

/** Everything the test remembers: adding an outcome costs the same at any time. */
export interface SequentialTest {
  readonly candidate: { readonly n: number; readonly sum: number };
  readonly champion: { readonly n: number; readonly sum: number };
  /** Logarithm of the wealth of every bet that the candidate is worse than tolerated. */
  readonly worse: readonly number[];
  /** … and of every bet that it is not. */
  readonly tolerable: readonly number[];
}

interface Outcome {
  readonly role: 'candidate' | 'champion';
  /** Probability of the candidate's arm for this request; 1 when there is no champion to compare with. */
  readonly share: number;
  /** Between 0 (good) and 1 (bad). */
  readonly value: number;
}

const noOutcome = { n: 0, sum: 0 };
export const newTest: SequentialTest = {
  candidate: noOutcome,
  champion: noOutcome,
  worse: BETS.map(() => 0),
  tolerable: BETS.map(() => 0),
};

/** The test after one more outcome. Throws RangeError for what is no outcome. */
export function observe(test: SequentialTest, outcome: Outcome, tolerance: number): SequentialTest {
  const { role, share, value } = outcome;
  if (!(value >= 0 && value <= 1) || !(share > 0 && share <= 1)) {
    throw new RangeError(`No outcome: ${JSON.stringify(outcome)}`);
  }
  const counted = { ...test, [role]: { n: test[role].n + 1, sum: test[role].sum + value } };
  if (share === 1 && role === 'champion') return counted;
  const mean = share === 1 ? 0 : meanSoFar(test);
  const z = role === 'candidate' ? (value - mean) / share : -(value - mean) / (1 - share);
  // The smallest and the largest z that this request could have brought.
  const low = share === 1 ? 0 : -Math.max(mean / share, (1 - mean) / (1 - share));
  const high = share === 1 ? 1 : Math.max((1 - mean) / share, mean / (1 - share));
  const bets = (wealth: readonly number[], gain: number, largestLoss: number) =>
    wealth.map((one, i) => one + Math.log1p(((BETS[i] ?? 0) / largestLoss) * gain));
  return {
    ...counted,
    worse: bets(test.worse, z - tolerance, tolerance - low),
    tolerable: bets(test.tolerable, tolerance - z, high - tolerance),
  };
}

/** Half an outcome of 0.5 keeps the first requests from being taken for certain. */
const meanSoFar = ({ candidate, champion }: SequentialTest) =>
  (candidate.sum + champion.sum + 0.25) / (candidate.n + champion.n + 0.5);

/** Logarithm of the mean wealth: the evidence against what is betted against, 0 at the start. */
export function logWealth(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  const sum = logs.reduce((total, one) => total + Math.exp(one - largest), 0);
  return largest + Math.log(sum / logs.length);
}

/** An anytime-valid p-value: one over the wealth, at most 1. */
export const pValueOf = (logs: readonly number[]): number =>
  Math.min(1, Math.exp(-logWealth(logs)));
