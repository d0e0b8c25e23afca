import { toWireTags } from './experiment.ts';
import { latestMetrics } from './metric-chunk.ts';
import { metricsOfRun } from './metric-store.ts';
import type { Metric, Run } from './run.ts';
import { inputsOfRun, loadRun } from './run-store.ts';

/** A run in wire form with its latest metrics and inputs. */
export async function describeRun(run: Run, known?: readonly Metric[]): Promise<object> {
  const [metrics, inputs] = await Promise.all([
    known ?? metricsOfRun(run.run_id).then(latestMetrics),
    inputsOfRun(run.run_id),
  ]);
  return {
    info: toWireInfo(run),
    data: { metrics, params: toWireTags(run.params), tags: toWireTags(run.tags) },
    inputs: { dataset_inputs: inputs },
  };
}

export function toWireInfo(run: Run): object {
  const { tags: _tags, params: _params, ...info } = run;
  return { ...info, run_uuid: run.run_id };
}

export async function getRun(input: { readonly run_id: string }): Promise<object> {
  return { run: await describeRun(await loadRun(input.run_id)) };
}
