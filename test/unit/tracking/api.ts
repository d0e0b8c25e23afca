import { afterAll, beforeAll } from 'vitest';
import { tracesTable } from '../../../functions/traces/table.ts';
import { metricsTable, trackingTable } from '../../../functions/tracking/table.ts';
import { handler as trackingHandler } from '../../../functions/tracking/tracking.lambda.ts';
import { handler as ingestHandler } from '../../../functions/tracking/tracking-ingest.lambda.ts';
import { type Answer, callApi } from '../../support/call-api.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';

/** Starts the engine with the tables of tracking for the tests of a file. */
export function useTracking(): void {
  let dynamo: TestDynamo;
  beforeAll(async () => {
    process.env.ARTIFACT_ROOT = 'mlflow-artifacts:/';
    dynamo = await startDynamo([trackingTable, metricsTable, tracesTable]);
  });
  afterAll(() => dynamo.stop());
}

interface Pair {
  readonly key: string;
  readonly value: string;
}

interface MetricView {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly timestamp: number;
  readonly run_id: string;
}

interface RunView {
  readonly info: {
    readonly run_id: string;
    readonly run_name: string;
    readonly experiment_id: string;
    readonly status: string;
    readonly lifecycle_stage: string;
    readonly artifact_uri: string;
  };
  readonly data: {
    readonly metrics: readonly MetricView[];
    readonly params: readonly Pair[];
    readonly tags: readonly Pair[];
  };
  readonly inputs: {
    readonly dataset_inputs: readonly { readonly dataset: { readonly name: string } }[];
    readonly model_inputs: readonly object[];
  };
  readonly outputs: { readonly model_outputs: readonly object[] };
}

interface ExperimentView {
  readonly experiment_id: string;
  readonly name: string;
  readonly lifecycle_stage: string;
  readonly creation_time: number;
  readonly last_update_time: number;
  readonly tags: readonly Pair[];
}

/** Members that the tests look into; an answer has those of its operation. */
interface Body {
  readonly experiment_id: string;
  readonly experiment: ExperimentView;
  readonly experiments: readonly ExperimentView[];
  readonly run: RunView;
  readonly run_info: RunView['info'];
  readonly runs: readonly RunView[];
  readonly metrics: readonly MetricView[];
  readonly dataset_summaries: readonly {
    readonly experiment_id: string;
    readonly name: string;
    readonly digest: string;
    readonly context?: string;
  }[];
  readonly next_page_token?: string;
  readonly error_code: string;
  readonly message: string;
}

type TrackingAnswer = Answer<Body>;

const PREFIX = '/api/2.0/mlflow';
const INGEST = ['log-batch', 'log-metric', 'log-parameter', 'set-tag'];

const handlerOf = (path: string) =>
  INGEST.some((name) => path.endsWith(`/${name}`)) ? ingestHandler : trackingHandler;

export const post = (path: string, body: object): Promise<TrackingAnswer> =>
  callApi(handlerOf(path), 'POST', PREFIX + path, body);

export const get = (
  path: string,
  query: Record<string, string> | [string, string][] = {},
): Promise<TrackingAnswer> =>
  callApi(handlerOf(path), 'GET', `${PREFIX}${path}?${new URLSearchParams(query)}`);

export async function anExperiment(name = `experiment ${Math.random()}`): Promise<string> {
  const { body } = await post('/experiments/create', { name });
  return body.experiment_id;
}

export async function aRun(overrides: object = {}): Promise<string> {
  const { body } = await post('/runs/create', { experiment_id: '0', ...overrides });
  return body.run.info.run_id;
}

export const log = (run_id: string, batch: object) => post('/runs/log-batch', { run_id, ...batch });

export const runData = async (run_id: string) => (await get('/runs/get', { run_id })).body.run.data;

/** `[{key, value}]` as an object. */
export const asObject = (pairs: readonly { key: string; value: unknown }[] | undefined) =>
  Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, value]));
