import type { RequestTable } from '../../serving/index.ts';
import { type CheckResult, runCheck, within } from '../validation.ts';

const PREDICTIONS = 200;

/** Predictions before the measured ones, until the code is compiled. */
const WARM_UP = 20;

/** 95th percentile of single-row predictions in the function, without network and log. */
export async function checkLatency(
  maxMs: number,
  prepare: () => Promise<{
    readonly table: RequestTable;
    readonly predict: (rows: RequestTable['rows']) => Promise<unknown>;
  }>,
): Promise<CheckResult[]> {
  const result = await runCheck('latency_p95', async () => {
    const { table, predict } = await prepare();
    const { rows } = table;
    const times: number[] = [];
    for (let i = 0; i < WARM_UP + PREDICTIONS; i++) {
      const row = rows[i % rows.length];
      if (!row) break;
      const started = performance.now();
      await predict([row]);
      if (i >= WARM_UP) times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    const p95 = times[Math.ceil(0.95 * times.length) - 1] ?? Number.NaN;
    return within(p95, { max: maxMs }, 'ms');
  });
  return [result];
}
