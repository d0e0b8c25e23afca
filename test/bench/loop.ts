import { setTimeout as pause } from 'node:timers/promises';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import {
  dayOfRequests,
  defineLoop,
  invokeLoop,
  LOOP,
  smallPolicy,
  trainVersion,
} from '../support/host/small-loop.ts';
import { TestHost } from '../support/host.ts';
import { LOCAL_CLIENT } from '../support/training-data.ts';
import { type Figure, round, spread } from './figures.ts';
import { usageOfTree } from './tracking/process-tree.ts';

const VERSIONS = 30;
const SWITCHES = 20;
const DRIFTS = 6;

interface Artefact {
  readonly source: string;
  readonly run_id: string;
}

/** An event acts in about a second, and moving an alias is the deployment. */
const SECOND = [{ of: 'p50', atMost: 1000 } as const];

/** How fast the loop reacts, on a host of its own: its latencies from one fact to the next. */
export async function benchLoop(): Promise<Figure[]> {
  const host = new TestHost();
  await host.start();
  try {
    await defineLoop(host, { cooldown: 'P1D' });
    await trainVersion(host, 'first');
    await host.waitFor('EndpointVersionSwitched', { endpoint: LOOP, to: '1' });
    await trainVersion(host, 'second');
    return [
      await measured(host, 'registered → PASSED', VERSIONS, registeredToPassed),
      await measured(host, 'alias moved → live', SWITCHES, aliasToLive),
      await measured(host, 'window closed → training started', DRIFTS, windowToTraining),
    ];
  } finally {
    await host.stop();
  }
}

async function measured(
  host: TestHost,
  name: string,
  times: number,
  run: (host: TestHost, times: number) => Promise<number[]>,
): Promise<Figure> {
  const before = usageOfTree(host.pid).cpuMs;
  const values = await run(host, times);
  const cpuMs = round((usageOfTree(host.pid).cpuMs - before) / times);
  return spread(name, 'ms', values, { limits: SECOND, cpuMs });
}

/**
 * By the audit log, one version after another: the model that was trained, registered by another name,
 * loaded and scored on the rows that its training held out, and timed row by row.
 */
async function registeredToPassed(host: TestHost, times: number): Promise<number[]> {
  const name = 'validated';
  await host.ok('POST', '/api/2.0/mlflow/registered-models/create', { name });
  const policy = { validation: { ...smallPolicy.validation, latency_p95_ms: 50 } };
  await host.ok('PUT', `/api/slipway/v1/models/${name}/policy`, policy);
  const trained = `/api/2.0/mlflow/model-versions/get?name=${LOOP}&version=1`;
  const { body } = await host.call<{ model_version: Artefact }>('GET', trained);
  const { source, run_id } = body.model_version;
  for (let version = 1; version <= times; version++) {
    await host.ok('POST', '/api/2.0/mlflow/model-versions/create', { name, source, run_id });
    const which = { model: name, version: String(version) };
    const { data } = await host.waitFor('ModelVersionValidated', which);
    if (data.status !== 'PASSED') throw new Error(`A version is ${String(data.status)}`);
  }
  const events = (await host.events()).filter(({ data }) => data.model === name);
  const at = (type: string, version: string) =>
    Date.parse(events.find((e) => e.type === type && e.data.version === version)?.time ?? '');
  return Array.from({ length: times }, (_, i) => {
    const version = String(i + 1);
    return at('ModelVersionValidated', version) - at('ModelVersionRegistered', version);
  });
}

/** From the answer to the alias's request to the first invocation that the other version answers. */
async function aliasToLive(host: TestHost, times: number): Promise<number[]> {
  const body = JSON.stringify(dayOfRequests(0, 0, 1));
  const version = async () => {
    const headers = { 'content-type': 'application/json' };
    const path = `${host.url}/serving-endpoints/${LOOP}/invocations`;
    const response = await fetch(path, { method: 'POST', headers, body });
    if (response.status !== 200) throw new Error(`An invocation failed: ${await response.text()}`);
    return response.headers.get('slipway-model-version');
  };
  let live = await version();
  const values: number[] = [];
  for (let i = 0; i < times; i++) {
    const next = live === '1' ? '2' : '1';
    const alias = { name: LOOP, alias: 'champion', version: next };
    await host.call('POST', '/api/2.0/mlflow/registered-models/alias', alias);
    const moved = performance.now();
    while ((await version()) !== next) await pause(2);
    values.push(performance.now() - moved);
    live = next;
  }
  return values;
}

/** From the fact that a drifted window is complete to the creation of the training job. */
async function windowToTraining(host: TestHost, times: number): Promise<number[]> {
  const sageMaker = new SageMakerClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  const values: number[] = [];
  for (let i = 0; i < times; i++) {
    // Every third day drifts; the request of the day after completes its window.
    const [day, end] = [1 + 3 * i, 2 + 3 * i];
    await invokeLoop(host, dayOfRequests(day, 5));
    await invokeLoop(host, dayOfRequests(end));
    const window = dayOfRequests(day).dataframe_records[0]?.at.slice(0, 10) ?? '';
    const decided = await host.waitFor('RetrainingDecided', { window: `${window}T00:00:00Z` });
    const events = await host.events();
    const requested = events.find(
      ({ type, causation_id: cause }) =>
        type === 'TrainingRequested' && cause === decided.causation_id,
    );
    const id = String(requested?.data.execution_id);
    await host.waitFor('PipelineSucceeded', { execution_id: id });
    const job = new DescribeTrainingJobCommand({ TrainingJobName: `slipway-${id}` });
    const started = (await sageMaker.send(job)).CreationTime?.getTime() ?? Number.NaN;
    const closed = events.find(
      ({ type, data }) => type === 'WindowClosed' && data.window === `${window}T00:00:00Z`,
    );
    values.push(started - Date.parse(closed?.time ?? ''));
  }
  sageMaker.destroy();
  return values;
}
