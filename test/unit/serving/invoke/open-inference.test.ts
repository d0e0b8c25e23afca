import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { getLive } from '../../../../functions/serving/index.ts';
import { toInvocation } from '../../../../functions/serving/invoke/open-inference.ts';
import { dataPathOperations } from '../../../../functions/serving/invoke/operations.ts';
import type { HttpRequest } from '../../../../functions/shared/http/api.ts';
import { callAs } from '../../../support/call-as.ts';
import { aContext } from '../../../support/context.ts';
import { loggedRequests } from '../../../support/inference-log.ts';
import { linearOnnx, onnxDescription } from '../../../support/onnx-models.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';
import { trainTiny } from '../../../support/tiny-model.ts';

interface OpenApi {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, object>>;
}

async function liveOf(endpoint: string) {
  const live = await getLive(endpoint);
  if (!live) throw new Error(`${endpoint} serves nothing`);
  return live;
}

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

  it('describes a model of tensors by theirs, and takes them under those names', async () => {
    const { name: model } = await createRegisteredModel({ name: 'of-tensors' }, aContext());
    const spec = (shape: number[]) => [
      { type: 'tensor', 'tensor-spec': { dtype: 'float32', shape } },
    ];
    const outputs = `  outputs: '${JSON.stringify([{ ...spec([-1, 1])[0], name: 'variable' }])}'\n`;
    const files = {
      'model/model.gbdt.json': null,
      'model/MLmodel': onnxDescription(spec([-1, 2])) + outputs,
      'model/model.onnx': linearOnnx(),
    };
    await trainTiny(platform, model, 'x', aContext(), { files });
    const served_entities = [{ name: 'main', entity_name: model, entity_version: '1' }];
    await platform.serving('POST', '/api/2.0/serving-endpoints', {
      name: model,
      config: { served_entities },
    });
    await platform.settle();
    const described = await platform.dataPath('GET', `/v2/models/${model}`);
    expect(described.body).toMatchObject({
      inputs: [{ name: 'input-0', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'variable', datatype: 'FP64', shape: [-1, 1] }],
    });
    const path = `/api/2.0/serving-endpoints/${model}/openapi`;
    const { body } = await platform.dataPath<OpenApi>('GET', path);
    const row = { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 };
    const content = (properties: object) => ({
      content: { 'application/json': { schema: properties } },
    });
    expect(body.paths['/served-models/main/invocations']).toMatchObject({
      post: {
        requestBody: content({
          oneOf: [
            { required: ['instances'], properties: { instances: { type: 'array', items: row } } },
            { required: ['inputs'], properties: { inputs: { type: 'array', items: row } } },
          ],
        }),
        responses: {
          200: content({
            properties: {
              predictions: {
                type: 'object',
                required: ['variable'],
                properties: {
                  variable: { type: 'array', items: { type: 'array', minItems: 1, maxItems: 1 } },
                },
              },
            },
          }),
        },
      },
    });
    const inputs = [tensor('input-0', [1, 2, 3, 4], [2, 2])];
    const answer = await platform.dataPath('POST', `/v2/models/${model}/infer`, { inputs });
    expect(answer.body).toMatchObject({
      outputs: [{ name: 'variable', datatype: 'FP64', shape: [2, 1], data: [0.5, 2.5] }],
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

  it('takes who may query for a version that takes traffic, and who manages for any', async () => {
    const { handler } = await import('../../../../functions/serving/serving-invoke.lambda.ts');
    const request = { inputs: [tensor('x', [1]), tensor('n', [1]), tensor('z', [1])] };
    const ask = async (groups: string[], version: string) => {
      const path = `/v2/models/${name}/versions/${version}/infer`;
      return (await callAs({ user: 'ben', groups }, handler as never, 'POST', path, request))
        .status;
    };
    expect(await ask(['users'], '1')).toBe(200);
    expect(await ask(['users'], '2')).toBe(403);
    expect(await ask(['users', 'admins'], '2')).toBe(400);
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

  it('says so in its own form, whatever it refuses', async () => {
    const inputs = [tensor('x', [1])];
    for (const [path, status] of [
      ['/v2/models/none/infer', 404],
      [`/v2/models/${name}/infer`, 400],
    ] as const) {
      const body = status === 400 ? {} : { inputs };
      expect(await platform.dataPath('POST', path, body)).toMatchObject({
        status,
        body: { error: expect.any(String) },
      });
    }
    expect((await platform.dataPath('GET', '/v2/models/none')).body).toMatchObject({
      error: "Endpoint 'none' does not exist",
    });
  });
});

describe('tensors', () => {
  const bodyOf = (inputs: object[]) => {
    const request = {
      params: { name },
      headers: {},
      body: Buffer.from(JSON.stringify({ inputs })),
    };
    return JSON.parse(toInvocation(request as unknown as HttpRequest).request.body.toString());
  };
  const cube = [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ];

  it('of any number of dimensions are arrays of arrays to the model, however they are sent', () => {
    const flat = [1, 2, 3, 4, 5, 6, 7, 8];
    for (const data of [flat, cube]) {
      expect(bodyOf([tensor('X', data, [2, 2, 2])])).toEqual({ instances: cube });
      const two = [tensor('X', data, [2, 2, 2]), tensor('y', [0, 1])];
      expect(bodyOf(two)).toEqual({ inputs: { X: cube, y: [0, 1] } });
    }
    expect(bodyOf([tensor('m', flat, [4, 2])])).toEqual({
      instances: [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
    });
  });

  it.each([
    [[7], [2, 2, 2]],
    [cube, [2, 2, 1]],
    [[1], Array.from({ length: 9 }, () => 1)],
    [[1], [1.5]],
    [[], [1e9, 0]],
  ])('of other sizes than they say are refused: %j %j', (data, shape) => {
    expect(() => bodyOf([tensor('X', data, shape)])).toThrow(/shape/);
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

  it('leads to paths that answer', async () => {
    const path = `/api/2.0/serving-endpoints/${name}/openapi`;
    const { body } = await platform.dataPath<OpenApi>('GET', path);
    const [server] = body.servers;
    const [described] = Object.keys(body.paths);
    const { pathname } = new URL(`${server?.url}${described}`);
    const rows = { dataframe_records: [{ x: 0.9, z: 0.1, n: 0.5 }] };
    const answer = await platform.dataPath('POST', pathname, rows);
    const { body: expected } = await platform.invoke(name, rows);
    expect(answer).toEqual({ status: 200, body: expected });
  });

  it('names the server as the caller has reached it', async () => {
    const operations = dataPathOperations({
      snapshot: async () => ({ live: await liveOf(name), models: new Map(), problems: new Map() }),
      whyNotLive: async () => undefined,
      log: async () => undefined,
      queue: async () => undefined,
    });
    const asked = async (headers: Record<string, string>) => {
      const request = { params: { name }, headers } as unknown as HttpRequest;
      return (await operations.getOpenApi(request, aContext())) as OpenApi;
    };
    const host = '127.0.0.1:5000';
    const [here] = (await asked({ host, 'x-forwarded-proto': 'http' })).servers;
    expect(here?.url).toBe(`http://127.0.0.1:5000/serving-endpoints/${name}`);
    const [elsewhere] = (await asked({ host: 'a.example.org' })).servers;
    expect(elsewhere?.url).toBe(`https://a.example.org/serving-endpoints/${name}`);
  });
});
