import {
  InvokeEndpointAsyncCommand,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { meterRequest } from '../../../../functions/monitoring/index.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import {
  planNextStep,
  recordDeployment,
} from '../../../../functions/serving/deployment/deployment-tasks.ts';
import { getLive } from '../../../../functions/serving/endpoints/endpoint-store.ts';
import { readLogPayload } from '../../../../functions/serving/index.ts';
import { onQueueObject } from '../../../../functions/serving/queue/queue-operations.ts';
import { readQueueObject } from '../../../../functions/serving/queue/queue-store.ts';
import { aContext } from '../../../support/context.ts';
import { loggedRequests } from '../../../support/inference-log.ts';
import { announced } from '../../../support/outbox.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { trainTiny } from '../../../support/tiny-model.ts';

const sageMaker = mockClient(SageMakerRuntimeClient);
let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = { ...aContext(), clock: Date.now };
const entity = { name: 'main', entity_version: '1', workload_type: 'GPU_SMALL' };
const config = { ...entity, workload_size: 'Medium', scale_to_zero_enabled: true };
let requests = 0;
let name = '';

beforeEach(() => {
  sageMaker.reset();
  sageMaker.on(InvokeEndpointAsyncCommand).callsFake(({ InferenceId }) => {
    const place = `s3://artifacts/inference-queue`;
    const id = ++requests;
    return {
      InferenceId,
      OutputLocation: `${place}/answers/${id}.out`,
      FailureLocation: `${place}/failures/${id}-error.out`,
    };
  });
});

/** An endpoint whose only version answers from a queue. */
beforeAll(async () => {
  ({ name } = await createRegisteredModel({ name: 'large' }, context));
  await trainTiny(platform, name, 'x', context, {
    files: { 'model/MLmodel': 'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n' },
  });
  const created = await platform.serving('POST', '/api/2.0/serving-endpoints', {
    name,
    config: {
      served_entities: [{ ...config, entity_name: name }],
      inference_log: { drop: ['secret'] },
    },
  });
  expect(created.status).toBe(200);
  await platform.settle();
  await recordDeployment({ ...(await own()), problem: '' }, context);
  await platform.settle();
});

async function own() {
  const request = (await announced('platform')).findLast(({ type }) => type === 'ScorerRequested');
  const { variant = '' } = (request?.data.deployment ?? {}) as { variant?: string };
  const path = `/api/2.0/serving-endpoints/${name}`;
  const { id: endpoint_id } = (await platform.serving<{ id: string }>('GET', path)).body;
  const preparation = request?.id ?? '';
  return {
    endpoint: name,
    endpoint_id,
    own: { preparation, model: name, version: '1', variant },
    deployment: `slipway-${endpoint_id.slice(0, 16)}-${variant}`,
  };
}

const body = { dataframe_records: [{ x: 0.5, secret: 'anna' }], client_request_id: 'c' };
const ask = () => platform.invoke(name, body);
const answerAt = (location: string) => platform.dataPath('GET', location);
const tell = (key: string, time = new Date().toISOString()) =>
  onQueueObject({ source: 'aws.s3', time, detail: { object: { key } } }, Date.now);
const logged = async (id: unknown) =>
  (await loggedRequests(name)).filter(({ databricksRequestId }) => databricksRequestId === id);

describe('a version with a queue', () => {
  it('has a deployment of its own', async () => {
    const { deployment, ...asked } = await own();
    const [live] = (await getLive(name))?.entities ?? [];
    expect(live?.deployed).toEqual({
      endpoint: deployment,
      variant: asked.own.variant,
      queued: true,
    });
    expect(deployment.length).toBeLessThanOrEqual(63 - '-0123456789ab'.length);
    const about = (await announced('platform')).filter(
      ({ type }) => type === 'EndpointDeploymentOutdated',
    );
    expect(about.map(({ data }) => data.deployment)).toEqual([deployment]);
    const seen = {
      status: 'InService',
      config: 'c',
      failure: '',
      variants: [{ name: asked.own.variant, weight: 1 }],
    };
    const memory = {
      tried: '',
      problem: '',
      weighted: false,
      told: false,
      configs: [],
      variants: [],
    };
    const question = { ...asked, seen, memory, looks: 1, own: null };
    expect(await planNextStep({ ...question, deployment }, context)).toMatchObject({ do: 'done' });
    // Nothing is live behind the name that versions share which answer at once.
    expect(await planNextStep(question, context)).toMatchObject({ do: 'delete' });
  });

  it('takes a request with 202, answers it later, and logs it before anybody hears', async () => {
    const taken = await ask();
    expect(taken).toMatchObject({ status: 202, body: { status: 'QUEUED' } });
    const { request_id: id, location } = taken.body as { request_id?: string; location?: string };
    expect(taken.headers).toMatchObject({ location, 'retry-after': '5', 'x-request-id': id });
    const [call] = sageMaker.commandCalls(InvokeEndpointAsyncCommand);
    expect(call?.args[0].input).toMatchObject({
      EndpointName: (await own()).deployment,
      InferenceId: id,
      ContentType: 'application/json',
    });
    const input = call?.args[0].input.InputLocation?.replace('s3://artifacts/', '') ?? '';
    expect(JSON.parse(String(await readQueueObject(input)))).toEqual(body);

    expect((await answerAt(location ?? '')).status).toBe(202);
    expect(await logged(id)).toEqual([]);

    await platform.put(`inference-queue/answers/${requests}.out`, '{"predictions": [0.25]}');
    const answer = await answerAt(location ?? '');
    expect(answer).toMatchObject({ status: 200, body: { predictions: [0.25] } });
    const [row] = await logged(id);
    expect(row).toMatchObject({
      statusCode: 200,
      version: '1',
      servedEntity: 'main',
      clientRequestId: 'c',
      rows: 1,
      queued: true,
    });
    const payload = row && (await readLogPayload(row));
    expect(payload).toMatchObject({
      request: { dataframe_records: [{ x: 0.5 }] },
      response: { predictions: [0.25] },
    });
    // What must not be kept is not kept for the queue either.
    expect(JSON.stringify(payload)).not.toContain('anna');
    expect(await readQueueObject(input)).toBeUndefined();
    expect(row && meterRequest(row)).toMatchObject({ gb_seconds: 0, puts: 2, predictions: 1 });
  });

  it('logs an answer that nobody asks for, once', async () => {
    const { request_id: id, location = '' } = (await ask()).body as Record<string, string>;
    const key = `inference-queue/answers/${requests}.out`;
    await platform.put(key, '{"predictions": [0.5]}');
    await Promise.all([tell(key), tell(key), answerAt(location)]);
    await tell(key);
    expect(await logged(id)).toMatchObject([{ statusCode: 200 }]);
    expect((await answerAt(location)).body).toEqual({ predictions: [0.5] });
  });

  it.each([
    [
      'Received client error (400) from primary with message "{"error_code":"BAD_REQUEST","message":"x is missing"}". See the log.',
      { status: 400, body: { error_code: 'BAD_REQUEST', message: 'x is missing' } },
    ],
    [
      'Received server error (500) from primary with message "out of memory".',
      { status: 500, body: { error_code: 'INTERNAL_ERROR' } },
    ],
    [
      'The request expired before it could be processed.',
      { status: 503, body: { message: 'The request expired before it could be processed.' } },
    ],
  ])('answers with why there is no answer: %s', async (text, refusal) => {
    const { request_id: id, location = '' } = (await ask()).body as Record<string, string>;
    const key = `inference-queue/failures/${requests}-error.out`;
    await platform.put(key, text);
    await tell(key);
    expect(await logged(id)).toMatchObject([
      { statusCode: refusal.status, failedEntity: 'main', failedVersion: '1' },
    ]);
    expect(await answerAt(location)).toMatchObject(refusal);
  });

  it('logs as a failure of the model that it raised at a request which it could read', async () => {
    const { request_id: id } = (await ask()).body as Record<string, string>;
    const key = `inference-queue/failures/${requests}-error.out`;
    const told = '{"error_code":"BAD_REQUEST","message":"boom","model_failed":true}';
    await platform.put(
      key,
      `Received client error (400) from primary with message "${told}". See.`,
    );
    await tell(key);
    expect(await logged(id)).toMatchObject([{ statusCode: 400, modelFailed: true }]);
  });

  it('says so when the queue takes no requests', async () => {
    sageMaker.on(InvokeEndpointAsyncCommand).rejects(new Error('Rate exceeded'));
    expect(await ask()).toMatchObject({
      status: 503,
      body: { message: 'The queue takes no requests: Rate exceeded' },
    });
  });

  it('knows its own requests only', async () => {
    const path = `/serving-endpoints/${name}/invocations/01JZZZZZZZZZZZZZZZZZZZZZZZ`;
    expect(await answerAt(path)).toMatchObject({ status: 404 });
  });

  it('comes back to an object whose request is not written yet, for a while', async () => {
    const key = 'inference-queue/answers/none.out';
    await expect(tell(key)).rejects.toThrow('No request waits');
    await tell(key, '2020-01-01T00:00:00Z');
  });

  it('mirrors nothing', async () => {
    const refused = await platform.serving('POST', '/api/2.0/serving-endpoints', {
      name: 'mirrored',
      config: {
        served_entities: [
          { ...config, entity_name: name },
          { ...entity, name: 'other', entity_name: name },
        ],
        traffic_config: {
          routes: [{ served_entity_name: 'other', traffic_percentage: 100 }],
          mirror: [{ served_entity_name: 'main', percentage: 10 }],
        },
      },
    });
    expect(refused).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('cannot mirror') },
    });
  });
});
