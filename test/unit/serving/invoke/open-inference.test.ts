import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aContext } from '../../../support/context.ts';
import { loggedRequests } from '../../../support/inference-log.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';

let platform: Platform;
let name: string;
beforeAll(async () => {
  platform = await startPlatform();
  name = await serveTinyModel(platform, aContext());
});
afterAll(() => platform.stop());

const tensor = (column: string, data: unknown[], shape = [data.length]) => ({
  name: column,
  shape,
  datatype: 'FP64',
  data,
});

describe('the Open Inference Protocol', () => {
  it('is alive and ready', async () => {
    expect(await platform.dataPath('GET', '/v2/health/live')).toMatchObject({ status: 200 });
    expect(await platform.dataPath('GET', '/v2/health/ready')).toMatchObject({ status: 200 });
    expect(await platform.dataPath('GET', `/v2/models/${name}/ready`)).toEqual({
      status: 200,
      body: { name, ready: true },
    });
    expect(await platform.dataPath('GET', '/v2/models/none/ready')).toMatchObject({ status: 404 });
    const other = await platform.dataPath('GET', `/v2/models/${name}/versions/9/ready`);
    expect(other).toMatchObject({ status: 404 });
  });

  it('describes the model by its signature', async () => {
    const { body } = await platform.dataPath('GET', `/v2/models/${name}`);
    expect(body).toMatchObject({
      name,
      versions: ['1'],
      inputs: expect.arrayContaining([{ name: 'x', datatype: 'FP64', shape: [-1] }]),
      outputs: [{ name: 'predictions', datatype: 'FP64', shape: [-1] }],
    });
  });

  it('predicts what /invocations predicts, and logs it the same way', async () => {
    const rows = { inputs: { x: [0.9, 0.1], z: [0.1, 0.9], n: [0.5, 0.5] } };
    const { body: expected } = await platform.invoke(name, rows);
    const { status, body } = await platform.dataPath('POST', `/v2/models/${name}/infer`, {
      id: 'call-1',
      inputs: [
        tensor('x', [0.9, 0.1]),
        tensor('z', [[0.1], [0.9]], [2, 1]),
        tensor('n', [0.5, 0.5]),
      ],
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      model_name: name,
      model_version: '1',
      id: 'call-1',
      outputs: [{ name: 'predictions', shape: [2], datatype: 'FP64', data: expected.predictions }],
    });
    const logged = await loggedRequests(name);
    expect(logged.map(({ clientRequestId }) => clientRequestId)).toContain('call-1');
  });

  it('answers by the version that is asked for', async () => {
    const path = `/v2/models/${name}/versions/2/infer`;
    const { status, body } = await platform.dataPath('POST', path, { inputs: [tensor('x', [1])] });
    expect(status).toBe(400);
    expect(body).toEqual({ error: expect.stringContaining('serves versions 1, not 2') });
  });

  it.each([
    [{}, 'inputs'],
    [{ inputs: [] }, 'inputs'],
    [{ inputs: [tensor('x', [1, 2], [3])] }, 'shape'],
    [{ inputs: [tensor('m', [1, 2, 3, 4], [2, 2]), tensor('x', [1, 2])] }, 'only input'],
  ])('refuses %j', async (request, part) => {
    const { status, body } = await platform.dataPath('POST', `/v2/models/${name}/infer`, request);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(part);
  });
});

describe('the OpenAPI description', () => {
  it('names the columns of each entity', async () => {
    const path = `/api/2.0/serving-endpoints/${name}/openapi`;
    const { status, body } = await platform.dataPath('GET', path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      openapi: '3.1.0',
      info: { title: name },
      paths: { '/served-models/main/invocations': { post: { operationId: 'main' } } },
    });
    expect(JSON.stringify(body)).toContain('"x":{"type":"number"');
  });
});
