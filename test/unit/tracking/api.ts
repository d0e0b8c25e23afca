import { afterAll, beforeAll } from 'vitest';
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
    dynamo = await startDynamo([trackingTable, metricsTable]);
  });
  afterAll(() => dynamo.stop());
}

const PREFIX = '/api/2.0/mlflow';
const INGEST = ['log-batch', 'log-metric', 'log-parameter', 'set-tag'];

const handlerOf = (path: string) =>
  INGEST.some((name) => path.endsWith(`/${name}`)) ? ingestHandler : trackingHandler;

export const post = (path: string, body: object): Promise<Answer> =>
  callApi(handlerOf(path), 'POST', PREFIX + path, body);

export const get = (
  path: string,
  query: Record<string, string> | [string, string][] = {},
): Promise<Answer> =>
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
