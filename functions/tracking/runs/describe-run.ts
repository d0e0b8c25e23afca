import { encode, type Int64, readInt64 } from '../../mlflow/index.ts';
import { toWireTags } from '../experiments/experiment.ts';
import { inputsOfRun } from '../inputs/input-store.ts';
import type { RunInput } from '../inputs/run-input.ts';
import { latestOfRuns, latestPoints, type OpenItem } from '../metrics/metric-store.ts';
import type { Metric, Run } from './run.ts';
import { loadRunWithMetrics } from './run-store.ts';

/** A run with everything that was logged to it. */
export interface RunDetails {
  readonly run: Run;
  readonly metrics: readonly Metric[];
  readonly inputs: readonly RunInput[];
}

/** Runs with their latest metrics and their inputs, in the order given; `open`: points that were read. */
export async function detailsOf(
  runs: readonly Run[],
  open?: ReadonlyMap<string, OpenItem>,
): Promise<RunDetails[]> {
  const [latest, inputs] = await Promise.all([
    open ? latestPoints(open) : latestOfRuns(runs.map(({ run_id }) => run_id)),
    Promise.all(runs.map(({ run_id, has_inputs }) => (has_inputs ? inputsOfRun(run_id) : []))),
  ]);
  return runs.map((run, i) => ({
    run,
    metrics: latest.get(run.run_id) ?? [],
    inputs: inputs[i] ?? [],
  }));
}

/** A run as the wire has it. */
export const toWireRun = ({ run, metrics, inputs }: RunDetails) => ({
  info: toWireInfo(run),
  data: { metrics, params: toWireTags(run.params), tags: toWireTags(run.tags) },
  inputs: {
    dataset_inputs: inputs,
    model_inputs: [...new Set(run.model_inputs)].map((model_id) => ({ model_id })),
  },
  outputs: { model_outputs: modelOutputs(run) },
});

/**
 * A run that a search found, as the wire's JSON: what `encode` makes of `toWireRun`, for answers with
 * thousands of runs. The models that it used are told of one run, not of many, as by MLflow's server.
 */
export function wireRunJson({ run: found, metrics, inputs }: RunDetails): string {
  const { model_inputs: _models, ...run } = found;
  const rare = run.model_outputs ?? run.exact_start ?? run.exact_end;
  if (inputs.length > 0 || rare) {
    return JSON.stringify(encode(toWireRun({ run, metrics, inputs })));
  }
  const parts = [
    ['metrics', metrics.map(finite)],
    ['params', toWireTags(run.params)],
    ['tags', toWireTags(run.tags)],
  ] as const;
  const data = Object.fromEntries(parts.filter(([, list]) => list.length > 0));
  return JSON.stringify({ info: toWireInfo(run), data, inputs: {}, outputs: {} });
}

const finite = (metric: Metric): object =>
  Number.isFinite(metric.value) && !isWide(metric) ? metric : (encode(metric) as object);

const isWide = ({ timestamp, step }: Metric) =>
  typeof timestamp === 'bigint' || typeof step === 'bigint';

/** What is said first of a model counts. */
const modelOutputs = ({ model_outputs = [] }: Run) =>
  model_outputs
    .filter(({ model_id }, i, all) => all.findIndex((one) => one.model_id === model_id) === i)
    .map(({ model_id, step }) => ({ model_id, step: readInt64(step) }));

export function toWireInfo(run: Run): object {
  const {
    tags: _tags,
    params: _params,
    has_inputs: _has,
    model_inputs: _inputs,
    model_outputs: _outputs,
    exact_start,
    exact_end,
    deleted_time: _deleted,
    ...info
  } = run;
  return {
    ...info,
    ...(exact_start && { start_time: exactTime(run.start_time, exact_start) }),
    // MLflow shows no end at 0.
    end_time: exactTime(run.end_time, exact_end) || undefined,
    run_uuid: run.run_id,
  };
}

const exactTime = (time: number | undefined, exact: string | undefined): Int64 | undefined =>
  exact && Number(exact) === time ? BigInt(exact) : time;

export async function getRun({ run_id }: { readonly run_id: string }): Promise<object> {
  const { run, metrics } = await loadRunWithMetrics(run_id);
  const inputs = run.has_inputs ? await inputsOfRun(run_id) : [];
  return { run: toWireRun({ run, metrics, inputs }) };
}
