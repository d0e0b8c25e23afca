import {
  DescribeEndpointCommand,
  SageMakerClient,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultyAssembly } from '../support/faulty-assembly.ts';
import { TestHost } from '../support/host.ts';
import { LOCAL_CLIENT } from '../support/training-data.ts';

/** A container that multiplies; one without its factor ends, as a model does that cannot be loaded. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { factor } = JSON.parse(readFileSync(process.env.SLIPWAY_ML_ROOT + '/model/factor.json', 'utf8'));
createServer(async (request, response) => {
  if (request.url === '/ping') return response.end();
  let body = '';
  for await (const chunk of request) body += chunk;
  const rows = JSON.parse(body).dataframe_records;
  if (rows.some(({ x }) => x === undefined)) {
    const refusal = { error_code: 'BAD_REQUEST', message: 'Column x is missing' };
    return response.writeHead(400).end(JSON.stringify(refusal));
  }
  response.end(JSON.stringify({ predictions: rows.map(({ x }) => x * factor) }));
}).listen(process.env.PORT, '127.0.0.1');
`;

const MODEL = 'big';
const PATH = `/api/2.0/serving-endpoints/${MODEL}`;
const FACTORS = { '1': 2, '2': 3, '3': undefined, '4': 5 } as const;

const assembly = new FaultyAssembly();
assembly.serveWith(PROGRAM);
const host = new TestHost({ assembly: assembly.write() });
let sageMaker: SageMakerClient;

beforeAll(async () => {
  await host.start();
  sageMaker = new SageMakerClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  await host.ok('POST', '/api/2.0/mlflow/registered-models/create', { name: MODEL });
  for (const [version, factor] of Object.entries(FACTORS)) await register(version, factor);
});
afterAll(async () => {
  sageMaker.destroy();
  await host.stop();
  assembly.remove();
});

async function register(version: string, factor: number | undefined) {
  const files = {
    MLmodel: 'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n',
    ...(factor !== undefined && { 'factor.json': JSON.stringify({ factor }) }),
  };
  for (const [file, text] of Object.entries(files)) {
    await host.ok('PUT', `/api/2.0/mlflow-artifacts/artifacts/big/${version}/${file}`, text);
  }
  const source = `mlflow-artifacts:/big/${version}`;
  await host.ok('POST', '/api/2.0/mlflow/model-versions/create', { name: MODEL, source });
}

const point = (version: string) =>
  host.ok('POST', '/api/2.0/mlflow/registered-models/alias', {
    ...{ name: MODEL, alias: 'champion', version },
  });

const ask = (version: string, rows: object[] = [{ x: 10 }]) =>
  host.call(
    'POST',
    `/serving-endpoints/${MODEL}/invocations`,
    { dataframe_records: rows },
    { 'slipway-model-version': version },
  );

/** Name of the SageMaker endpoint: after the id of the endpoint. */
async function deployment(): Promise<string> {
  const { id } = await host.ok('GET', PATH);
  return `slipway-${String(id).slice(0, 16)}`;
}

/** What is in service: weight and instances by the version that a variant is named after. */
async function inService(EndpointName: string) {
  const { ProductionVariants: variants = [] } = await sageMaker.send(
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
    await host.ok('POST', '/api/2.0/serving-endpoints', {
      name: MODEL,
      config: {
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
      },
    });
    await host.waitFor('EndpointVersionSwitched', { endpoint: MODEL, to: '2' });
    expect((await ask('1')).body).toEqual({ predictions: [20] });
    expect((await ask('2')).body).toEqual({ predictions: [30] });
    const name = await deployment();
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
    const name = await deployment();
    const { ProductionVariants: variants = [] } = await sageMaker.send(
      new DescribeEndpointCommand({ EndpointName: name }),
    );
    const VariantName = variants.find((one) => one.VariantName?.startsWith('v1-'))?.VariantName;
    await sageMaker.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName: name,
        DesiredWeightsAndCapacities: [{ VariantName, DesiredInstanceCount: 3 }],
      }),
    );
    await point('3');
    const failed = await host.waitFor('EndpointSwitchFailed', { endpoint: MODEL, version: '3' });
    expect(failed.data.message).toMatch(/SageMaker went back to configuration .*factor\.json/s);
    expect((await host.ok('GET', PATH)).state).toMatchObject({
      ...{ ready: 'READY', summary: 'DEGRADED', message: expect.stringContaining('factor.json') },
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
    const name = await deployment();
    // Version 2 was made ready minutes ago: the way back to it is open for a quarter of an hour.
    await expect.poll(() => inService(name)).toEqual({ v1: [70, 3], v2: [0, 2], v4: [30, 2] });
    expect((await ask('1')).body).toEqual({ predictions: [20] });
  });

  it('leave nothing behind when the endpoint is deleted', async () => {
    const name = await deployment();
    await host.ok('DELETE', PATH);
    await expect
      .poll(() => inService(name).catch((error: Error) => error.message))
      .toMatch('Could not find endpoint');
  });
});
