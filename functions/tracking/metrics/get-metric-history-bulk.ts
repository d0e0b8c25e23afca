import {
  anyInteger,
  compareInt64,
  encode,
  type Int64,
  missing,
  SEE_DOCS,
  wrong,
} from '../../mlflow/index.ts';
import { mapInChunks } from '../../shared/chunks.ts';
import { invalid } from '../../shared/errors.ts';
import { json } from '../../shared/http/api.ts';
import { strip } from '../../shared/python-text.ts';
import type { Metric } from '../runs/run.ts';
import { historyOf } from './metric-history-store.ts';
import { comparePoints } from './metric-points.ts';
import { pointAt, type Series } from './metric-series.ts';
import { placesOf, type StepInterval, sampleSteps } from './sample-steps.ts';

const MAX_RUNS = 100;
const MAX_RESULTS = 25_000;
const MAX_STEPS = 2500;

/** Steps times runs of one answer, which has at most 6 MB: charts of many runs get fewer steps. */
const MAX_POINTS = 40_000;

/** Runs read at the same time. */
const CONCURRENCY = 20;

interface RunHistory {
  readonly run_id: string;
  /** By time, exact duplicates once. */
  readonly points: Series;
}

const historiesOf = (runIds: readonly string[], metricKey: string): Promise<RunHistory[]> =>
  mapInChunks(runIds, CONCURRENCY, async (run_id) => ({
    run_id,
    points: await historyOf(run_id, metricKey),
  }));

const pointOf = ({ run_id, points }: RunHistory, i: number, metricKey: string) => ({
  ...pointAt(points, i, metricKey),
  run_id,
});

/** One metric of several runs, run by run in the order of their ids. */
export async function getMetricHistoryBulk(input: {
  readonly run_id: readonly string[];
  readonly metric_key?: string;
  readonly max_results?: Int64;
}): Promise<object> {
  const { run_id: runIds, metric_key, max_results = MAX_RESULTS } = input;
  const refuse = (what: string) => invalid(`GetMetricHistoryBulk request ${what}`);
  if (runIds.length === 0) throw refuse('must specify at least one run_id.');
  if (runIds.length > MAX_RUNS) {
    throw refuse(
      `cannot specify more than ${MAX_RUNS} run_ids. Received ${runIds.length} run_ids.`,
    );
  }
  if (metric_key === undefined) throw refuse('must specify a metric_key.');
  const histories = await historiesOf([...new Set(runIds)].sort(), metric_key);
  const metrics: object[] = [];
  const limit = Math.min(Number(max_results), MAX_RESULTS);
  for (const history of histories) {
    const count = Math.min(history.points.length, limit - metrics.length);
    for (let i = 0; i < count; i++) metrics.push(pointOf(history, i, metric_key));
  }
  // The interface's own: it shows an empty list, too.
  const answer = json(200, { metrics: metrics.map(encode) });
  return { ...answer, body: answer.body?.replaceAll(TEXT_NAN, BARE_NAN) };
}

/** This endpoint alone writes NaN as Python does, which is no JSON. No text holds such quotes. */
const TEXT_NAN = '"value":"NaN"';
const BARE_NAN = '"value":NaN';

interface BulkIntervalInput {
  readonly run_ids: readonly string[];
  readonly metric_key: string;
  readonly start_step?: Int64 | undefined;
  readonly end_step?: Int64 | undefined;
  /** A text is as the query has it. */
  readonly max_results?: Int64 | string;
}

/** What charts show of one metric of several runs: the points at a sample of the steps. */
export async function getMetricHistoryBulkInterval(input: BulkIntervalInput): Promise<object> {
  const { run_ids, metric_key } = input;
  if (run_ids.length === 0) throw missing('run_ids');
  if (run_ids.length > MAX_RUNS) {
    throw invalid(
      `GetMetricHistoryBulkInterval request must specify at most ${MAX_RUNS} run_ids. Received ${run_ids.length} run_ids. ${SEE_DOCS}`,
    );
  }
  const max_results = sizeOf(input.max_results);
  if (max_results < 1 || max_results > MAX_STEPS) {
    throw invalid(`max_results must be between 1 and ${MAX_STEPS}. ${SEE_DOCS}`);
  }
  const interval = intervalOf(input);
  const histories = await historiesOf(run_ids, metric_key);
  const steps = sampleSteps(
    histories.map(({ points }) => points.steps),
    Math.min(Number(max_results), Math.floor(MAX_POINTS / run_ids.length)),
    interval,
  );
  return {
    metrics: histories.flatMap((history) => {
      const found = placesOf(history.points.steps, steps);
      return found.map((i) => pointOf(history, i, metric_key)).sort(byStep);
    }),
  };
}

/** A page size of any number of digits; protobuf's JSON takes whole numbers with a point or an exponent, too. */
function sizeOf(size: Int64 | string = MAX_STEPS): Int64 {
  if (typeof size !== 'string') return size;
  const whole = anyInteger(strip(size)) ?? (/[.e]/i.test(size) ? Number(size) : undefined);
  if (whole === undefined || !(typeof whole === 'bigint' || Number.isInteger(whole))) {
    throw wrong(size, 'max_results', 'an integer');
  }
  return whole;
}

/** A step of a query, which may have more than 64 bits: MLflow's server reads the text itself, by Python's `int()`. */
export function readStep(text: string | undefined, name: string): bigint | undefined {
  if (text === undefined) return undefined;
  const step = anyInteger(strip(text));
  if (step === undefined) throw wrong(text, name, 'an integer');
  return step;
}

const byStep = (a: Metric, b: Metric) => compareInt64(a.step, b.step) || comparePoints(a, b);

function intervalOf({ start_step: start, end_step: end }: BulkIntervalInput) {
  if (start === undefined && end === undefined) return undefined;
  if (start === undefined || end === undefined) {
    throw invalid('If either start step or end step are specified, both must be specified.');
  }
  if (start > end) {
    throw invalid(
      `end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`,
    );
  }
  return { start, end } satisfies StepInterval;
}
