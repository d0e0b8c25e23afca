import { encode } from '../mlflow/index.ts';
import { toWireTags } from './experiment.ts';
import { inputsOfRun } from './input-store.ts';
import { latestOfRuns } from './metric-store.ts';
import type { Metric, Run } from './run.ts';
import type { RunInput } from './run-input.ts';
import { loadRun } from './run-store.ts';

/** A run with everything that was logged to it. */
export interface RunDetails {
  readonly run: Run;
  readonly metrics: readonly Metric[];
  readonly inputs: readonly RunInput[];
}

/** Runs with their latest metrics and their inputs, in the order given. */
export async function detailsOf(runs: readonly Run[]): Promise<RunDetails[]> {
  const [latest, inputs] = await Promise.all([
    latestOfRuns(runs.map(({ run_id }) => run_id)),
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

/** A run as the wire's JSON: what `encode` makes of `toWireRun`, for answers with thousands of runs. */
export function wireRunJson({ run, metrics, inputs }: RunDetails): string {
  if (inputs.length > 0 || run.model_inputs || run.model_outputs) {
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
  Number.isFinite(metric.value) ? metric : (encode(metric) as object);

const modelOutputs = ({ model_outputs = [] }: Run) => [
  ...new Map(model_outputs.map((output) => [output.model_id, output])).values(),
];

export function toWireInfo(run: Run): object {
  const {
    tags: _tags,
    params: _params,
    has_inputs: _has,
    model_inputs: _inputs,
    model_outputs: _outputs,
    ...info
  } = run;
  // MLflow shows no end at 0.
  return { ...info, end_time: info.end_time || undefined, run_uuid: run.run_id };
}

export async function getRun(input: { readonly run_id: string }): Promise<object> {
  const [details] = await detailsOf([await loadRun(input.run_id)]);
  return { run: details && toWireRun(details) };
}
