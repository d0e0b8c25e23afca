import type { RequestTable } from '../../serving/index.ts';
import { timePredictions } from '../time-predictions.ts';
import { type CheckResult, runCheck, within } from '../validation.ts';

/** 95th percentile of single-row predictions in the function, without network and log; of a slow model, of fewer. */
export async function checkLatency(
  maxMs: number,
  prepare: () => Promise<{
    readonly table: RequestTable;
    readonly predict: (rows: RequestTable['rows']) => Promise<unknown>;
  }>,
): Promise<CheckResult[]> {
  const result = await runCheck('latency_p95', async () => {
    const { table, predict } = await prepare();
    const [timings] = await timePredictions(table.rows, [(row) => predict([row])]);
    const { times = [], cut = false } = timings ?? {};
    const p95 = times[Math.ceil(0.95 * times.length) - 1] ?? Number.NaN;
    const outcome = within(p95, { max: maxMs }, 'ms');
    if (!cut) return outcome;
    return { ...outcome, message: `${outcome.message}, of ${times.length} predictions` };
  });
  return [result];
}
