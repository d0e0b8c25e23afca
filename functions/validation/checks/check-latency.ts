import type { RequestTable } from '../../serving/index.ts';
import { type CheckResult, runCheck, within } from '../validation.ts';

const PREDICTIONS = 200;

/** Predictions before the measured ones, until the code is compiled. */
const WARM_UP = 20;

/** Milliseconds after which a slow model is warm, and after which what was measured has to do: the function has 300 s. */
const WARM_UP_MS = 120_000;
const TIME_MS = 200_000;

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
    const { rows } = table;
    const times: number[] = [];
    const began = performance.now();
    const passed = () => performance.now() - began;
    for (let i = 0; times.length < PREDICTIONS; i++) {
      const row = rows[i % rows.length];
      if (!row || (times.length > 0 && passed() >= TIME_MS)) break;
      const isWarm = i >= WARM_UP || passed() >= WARM_UP_MS;
      const started = performance.now();
      await predict([row]);
      if (isWarm) times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    const p95 = times[Math.ceil(0.95 * times.length) - 1] ?? Number.NaN;
    const outcome = within(p95, { max: maxMs }, 'ms');
    if (times.length === 0 || times.length === PREDICTIONS) return outcome;
    return { ...outcome, message: `${outcome.message}, of ${times.length} predictions` };
  });
  return [result];
}
