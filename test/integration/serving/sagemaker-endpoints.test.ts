import {
  DescribeEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SageMakerHost } from '../../support/aws/sagemaker-host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

/**
 * A container that multiplies; one without its factor ends, as a model does that cannot be loaded. Rows
 * that say so wait for one that lets them go.
 */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { factor } = JSON.parse(readFileSync(process.env.SLIPWAY_ML_ROOT + '/model/factor.json', 'utf8'));
const going = Promise.withResolvers();
createServer(async (request, response) => {
  if (request.url === '/ping') return response.end();
  let body = '';
  for await (const chunk of request) body += chunk;
  const rows = JSON.parse(body).dataframe_records;
  if (rows.some(({ x }) => x === undefined)) {
    const refusal = { error_code: 'BAD_REQUEST', message: 'Column x is missing' };
    return response.writeHead(400).end(JSON.stringify(refusal));
  }
  if (rows.some(({ wait }) => wait)) await going.promise;
  if (rows.some(({ go }) => go)) going.resolve();
  response.end(JSON.stringify({ predictions: rows.map(({ x }) => x * factor) }));
}).listen(process.env.PORT, '127.0.0.1');
`;

const MODEL = 'big';
const PATH = `/api/2.0/serving-endpoints/${MODEL}`;
const FACTORS = { '1': 2, '2': 3, '3': undefined, '4': 5, '5': 7 } as const;

const service = new SageMakerHost(MODEL, PROGRAM);
const { host } = service;
beforeAll(async () => {
  await service.start();
  for (const [version, factor] of Object.entries(FACTORS)) {
    const files = factor === undefined ? {} : { 'factor.json': JSON.stringify({ factor }) };
    await service.register(version, files);
  }
});
afterAll(() => service.stop());

const point = (version: string) =>
  host.ok('POST', '/api/2.0/mlflow/registered-models/alias', {
    name: MODEL,
    alias: 'champion',
    version,
  });

const ask = (version: string, rows: object[] = [{ x: 10 }]) =>
  host.call(
    'POST',
    `/serving-endpoints/${MODEL}/invocations`,
    { dataframe_records: rows },
    { 'slipway-model-version': version },
  );

/** The variant that serves a version. */
async function variantOf(EndpointName: string, version: string): Promise<string | undefined> {
  const { ProductionVariants: variants = [] } = await service.sageMaker.send(
    new DescribeEndpointCommand({ EndpointName }),
  );
  return variants.find((one) => one.VariantName?.startsWith(`v${version}-`))?.VariantName;
}

/** What is in service: weight and instances by the version that a variant is named after. */
async function inService(EndpointName: string) {
  const { ProductionVariants: variants = [] } = await service.sageMaker.send(
    new DescribeEndpointCommand({ EndpointName }),
  );
  return Object.fromEntries(
    variants.map(({ VariantName = '', CurrentWeight, CurrentInstanceCount }) => [
      VariantName.split('-')[0],
      [CurrentWeight, CurrentInstanceCount],
    ]),
  );
}

describe('versions on instances of SageMaker', () => {
  it('answer once their containers are healthy, with the weights of their traffic', async () => {
    await point('2');
    const entity = { entity_name: MODEL, workload_type: 'GPU_SMALL', workload_size: 'Medium' };
    await service.serve({
      served_entities: [
        { ...entity, name: 'stable', entity_version: '1' },
        { ...entity, name: 'main', entity_version: '@champion' },
      ],
      traffic_config: {
        routes: [
          { served_entity_name: 'stable', traffic_percentage: 70 },
          { served_entity_name: 'main', traffic_percentage: 30 },
        ],
      },
    });
    await host.waitFor('EndpointVersionSwitched', { endpoint: MODEL, to: '2' });
    expect((await ask('1')).body).toEqual({ predictions: [20] });
    expect((await ask('2')).body).toEqual({ predictions: [30] });
    const name = await service.deployment();
    await expect.poll(() => inService(name)).toEqual({ v1: [70, 2], v2: [30, 2] });
  });

  it('pass the refusals of their containers on', async () => {
    const refused = await ask('1', [{ y: 1 }]);
    expect(refused).toMatchObject({
      status: 400,
      body: { error_code: 'BAD_REQUEST', message: 'Column x is missing' },
    });
  });

  it('stay when a new one does not come up, and the endpoint says why', async () => {
    const name = await service.deployment();
    const VariantName = await variantOf(name, '1');
    await service.sageMaker.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName: name,
        DesiredWeightsAndCapacities: [{ VariantName, DesiredInstanceCount: 3 }],
      }),
    );
    await point('3');
    const failed = await host.waitFor('EndpointSwitchFailed', { endpoint: MODEL, version: '3' });
    expect(failed.data.message).toMatch(/SageMaker went back to configuration .*factor\.json/s);
    expect((await host.ok('GET', PATH)).state).toMatchObject({
      ready: 'READY',
      summary: 'DEGRADED',
      message: expect.stringContaining('factor.json'),
    });
    expect((await ask('2')).body).toEqual({ predictions: [30] });
  });

  it('answer after the host was killed', async () => {
    await host.kill();
    await host.start();
    expect((await ask('1')).body).toEqual({ predictions: [20] });
    expect((await ask('2')).body).toEqual({ predictions: [30] });
  });

  it('follow the alias, and what somebody set on the others stays', async () => {
    await point('4');
    await host.waitFor('EndpointVersionSwitched', { endpoint: MODEL, to: '4' });
    await expect.poll(async () => (await ask('4')).body).toEqual({ predictions: [50] });
    const name = await service.deployment();
    // Version 2 was made ready minutes ago: the way back to it is open for a quarter of an hour.
    await expect.poll(() => inService(name)).toEqual({ v1: [70, 3], v2: [0, 2], v4: [30, 2] });
    expect((await ask('1')).body).toEqual({ predictions: [20] });
  });

  it('have as many instances as there are requests for', async () => {
    const range = { min_provisioned_concurrency: 4, max_provisioned_concurrency: 16 };
    const entity = { entity_name: MODEL, workload_type: 'GPU_SMALL', ...range };
    await host.ok('PUT', `${PATH}/config`, {
      served_entities: [{ ...entity, name: 'main', entity_version: '5' }],
    });
    await host.waitFor('EndpointVersionSwitched', { endpoint: MODEL, to: '5' });
    const name = await service.deployment();
    const instances = async () => (await inService(name)).v5?.[1];
    // As many as the one that answered with most, version 1, has.
    expect(await instances()).toBe(3);
    const runtime = new SageMakerRuntimeClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
    const target = { EndpointName: name, TargetVariant: await variantOf(name, '5') };
    const invoke = async (row: object) => {
      const Body = JSON.stringify({ dataframe_records: [{ x: 1, ...row }] });
      const { Body: answer } = await runtime.send(new InvokeEndpointCommand({ ...target, Body }));
      return answer?.transformToString();
    };
    // They are answered when the test says so; until then they are what there is to do.
    const asked = Array.from({ length: 13 }, () => invoke({ wait: true }));
    await expect.poll(instances).toBe(4);
    await invoke({ go: true });
    for (const body of await Promise.all(asked)) expect(body).toBe('{"predictions":[7]}');
    runtime.destroy();
  });

  it('leave nothing behind when the endpoint is deleted', async () => {
    const name = await service.deployment();
    await host.ok('DELETE', PATH);
    await expect
      .poll(() => inService(name).catch((error: Error) => error.message))
      .toMatch('Could not find endpoint');
  });
});
