import {
  DescribeEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SageMakerHost } from '../../support/aws/sagemaker-host.ts';

/** A container that doubles; it refuses what has no number. */
const PROGRAM = `
import { createServer } from 'node:http';
createServer(async (request, response) => {
  if (request.url === '/ping') return response.end();
  let body = '';
  for await (const chunk of request) body += chunk;
  const rows = JSON.parse(body).dataframe_records;
  if (rows.some(({ x }) => x === undefined)) {
    const refusal = { error_code: 'BAD_REQUEST', message: 'Column x is missing' };
    return response.writeHead(400).end(JSON.stringify(refusal));
  }
  response.end(JSON.stringify({ predictions: rows.map(({ x }) => 2 * x) }));
}).listen(process.env.PORT, '127.0.0.1');
`;

const MODEL = 'large';
const PATH = `/api/2.0/serving-endpoints/${MODEL}`;

const service = new SageMakerHost(MODEL, PROGRAM);
const { host } = service;
beforeAll(async () => {
  await service.start();
  await service.register('1');
});
afterAll(() => service.stop());

/** The endpoint's instances, by what SageMaker says of it. */
async function instances(): Promise<number | string> {
  const EndpointName = await deployment();
  const { EndpointStatus: status, ProductionVariants: variants } = await service.sageMaker.send(
    new DescribeEndpointCommand({ EndpointName }),
  );
  return status === 'InService' ? (variants?.[0]?.CurrentInstanceCount ?? 'none') : String(status);
}

let variant = '';
const deployment = async () => `${await service.deployment()}-${variant}`;

/** As ten minutes without a request would do it. */
async function scaleIn(): Promise<void> {
  await service.sageMaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: await deployment(),
      DesiredWeightsAndCapacities: [{ VariantName: variant, DesiredInstanceCount: 0 }],
    }),
  );
  await expect.poll(instances).toBe(0);
}

async function take(rows: object[]): Promise<string> {
  const path = `/serving-endpoints/${MODEL}/invocations`;
  const taken = await host.call('POST', path, { dataframe_records: rows });
  expect(taken).toMatchObject({ status: 202, body: { status: 'QUEUED' } });
  return String(taken.body.location);
}

const answer = (location: string) =>
  expect.poll(async () => {
    const { status, body } = await host.call('GET', location);
    return status === 202 ? 'waits' : { status, body };
  });

describe('a version without an instance', () => {
  it('comes up once before it is switched to', async () => {
    const entity = { entity_name: MODEL, entity_version: '1', workload_type: 'GPU_SMALL' };
    await service.serve({
      served_entities: [{ ...entity, name: 'main', scale_to_zero_enabled: true }],
    });
    const prepared = await host.waitFor('ScorerPrepared', { endpoint: MODEL });
    variant = String(prepared.data.environment);
    await host.waitFor('EndpointVersionSwitched', { endpoint: MODEL, to: '1' });
    await answer(await take([{ x: 1 }])).toEqual({ status: 200, body: { predictions: [2] } });
  });

  it('takes requests all the same, and answers when one has started', async () => {
    await scaleIn();
    const locations = await Promise.all([1, 2, 3].map((x) => take([{ x }])));
    for (const [i, location] of locations.entries()) {
      await answer(location).toEqual({ status: 200, body: { predictions: [2 * (i + 1)] } });
    }
    expect(await instances()).toBe(1);
  });

  it('passes refusals on', async () => {
    const location = await take([{ y: 1 }]);
    await answer(location).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } });
  });

  it('loses no request to a killed host, and logs each once though nobody asks', async () => {
    await scaleIn();
    const taken = await Promise.all([4, 5].map((x) => take([{ x }])));
    await host.kill();
    await host.start();
    const metrics = async () => {
      const text = await (await fetch(`${host.url}${PATH}/metrics`)).text();
      return text.match(/request_count_total\{.*main.*\} (\d+)/)?.[1];
    };
    // Five of before, one of them refused by the model, and these two.
    await expect.poll(metrics).toBe('7');
    for (const [i, location] of taken.entries()) {
      await answer(location).toEqual({ status: 200, body: { predictions: [8 + 2 * i] } });
    }
    expect(await metrics()).toBe('7');
  });

  it('leaves nothing behind when the endpoint is deleted', async () => {
    const EndpointName = await deployment();
    await host.ok('DELETE', PATH);
    const gone = () =>
      service.sageMaker
        .send(new DescribeEndpointCommand({ EndpointName }))
        .then(({ EndpointStatus }) => EndpointStatus)
        .catch((error: Error) => error.message);
    await expect.poll(gone).toMatch('Could not find endpoint');
  });
});
