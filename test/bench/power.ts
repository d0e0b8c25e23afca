import { wins } from '../../functions/promotion/statistics/comparison.ts';
import { delong } from '../../functions/promotion/statistics/delong.ts';
import { mcnemar } from '../../functions/promotion/statistics/mcnemar.ts';
import { normalCdf, normalQuantile } from '../../functions/promotion/statistics/normal.ts';
import { normals, simulate } from '../support/simulated-models.ts';

// The power curve of docs/policies.md: `node test/bench/power.ts` prints its table.

const SIMULATIONS = 2000;
const ROWS = [300, 1_000, 3_000, 10_000];
const GAINS = [0, 0.005, 0.01, 0.02, 0.04];
const rule = { rule: 'superior', margin: 0, alpha: 0.05, direction: 'higher' } as const;

/** The champion's area under the curve, of separation 1. */
const BASE = normalCdf(1 / Math.SQRT2);

function power(gain: number, rows: number): readonly [number, number] {
  const separation = gain === 0 ? 1 : Math.SQRT2 * normalQuantile(BASE + gain);
  const normal = normals(`power ${gain} ${rows}`);
  const promoted = [0, 0] as [number, number];
  for (let i = 0; i < SIMULATIONS; i++) {
    const scores = simulate(normal, rows, separation);
    if (wins(delong(scores, rule), rule)) promoted[0]++;
    if (wins(mcnemar(scores, rule), rule)) promoted[1]++;
  }
  return promoted;
}

const percent = (count: number) => `${((100 * count) / SIMULATIONS).toFixed(0)} %`;
console.log(`| gain in AUC | ${ROWS.map((rows) => `${rows} rows`).join(' | ')} |`);
console.log(`|---|${ROWS.map(() => '---').join('|')}|`);
for (const gain of GAINS) {
  const cells = ROWS.map((rows) => power(gain, rows).map(percent).join(' / '));
  console.log(`| ${gain} | ${cells.join(' | ')} |`);
}
