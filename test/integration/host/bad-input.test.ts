import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InFlight } from '../../support/host/small-loop.ts';
import { everythingStored } from '../../support/host/stored.ts';
import { TestHost } from '../../support/host.ts';

const host = new TestHost();
const INVALID = 'INVALID_PARAMETER_VALUE';
const MALFORMED = 'MALFORMED_REQUEST';
const UNKNOWN = 'RESOURCE_DOES_NOT_EXIST';

const MLFLOW = '/api/2.0/mlflow';
const SLIPWAY = '/api/slipway/v1';
const SERVING = '/api/2.0/serving-endpoints';

/** Routes that read a JSON body: of things that exist, so that only the body can be wrong. */
const BODIES = {
  tracking: [
    ['POST', `${MLFLOW}/experiments/create`],
    ['POST', `${MLFLOW}/runs/create`],
    ['POST', `${MLFLOW}/runs/log-batch`],
    ['POST', `${MLFLOW}/runs/search`],
  ],
  'logged models': [['POST', `${MLFLOW}/logged-models`]],
  registry: [
    ['POST', `${MLFLOW}/registered-models/create`],
    ['PATCH', `${MLFLOW}/registered-models/update`],
    ['POST', `${MLFLOW}/model-versions/create`],
    ['POST', `${MLFLOW}/registered-models/alias`],
  ],
  policies: [['PUT', `${SLIPWAY}/models/m/policy`]],
  approvals: [['POST', `${SLIPWAY}/approvals/a/approve`]],
  pipelines: [
    ['PUT', `${SLIPWAY}/pipelines/p`],
    ['POST', `${SLIPWAY}/pipelines/p/executions`],
  ],
  serving: [
    ['POST', SERVING],
    ['PUT', `${SERVING}/e/config`],
    ['PUT', `${SERVING}/e/rate-limits`],
  ],
  monitoring: [['POST', `${SLIPWAY}/endpoints/e/labels`]],
} as const;

type Call = readonly [method: string, path: string, body?: unknown];

/** Field by field: unknown ones, wrong types, values out of range. */
const FIELDS: Readonly<Record<string, readonly (readonly [...Call, RegExp])[]>> = {
  tracking: [
    ['POST', `${MLFLOW}/experiments/create`, { name: 7 }, /name/],
    ['POST', `${MLFLOW}/runs/log-metric`, { run_id: 'x', key: 'a' }, /value/],
    ['POST', `${MLFLOW}/runs/log-batch`, { run_id: 'x', metrics: 'all' }, /metrics/],
    ['POST', `${MLFLOW}/runs/search`, { experiment_ids: ['0'], filter: 'metrics.a >' }, /filter/i],
    ['POST', `${MLFLOW}/runs/search`, { experiment_ids: ['0'], max_results: 1e9 }, /max_results/],
    ['POST', `${MLFLOW}/runs/set-tag`, { run_id: 'x', key: 'k'.repeat(300) }, /key/],
  ],
  registry: [
    ['POST', `${MLFLOW}/registered-models/create`, { name: '' }, /name/],
    ['POST', `${MLFLOW}/model-versions/create`, { name: 'm' }, /source/],
    [
      'POST',
      `${MLFLOW}/registered-models/alias`,
      { name: 'm', alias: 'v1', version: '1' },
      /alias/,
    ],
    [
      'POST',
      `${MLFLOW}/registered-models/alias`,
      { name: 'm', alias: 'a', version: 'x' },
      /version/,
    ],
  ],
  policies: [
    ['PUT', `${SLIPWAY}/models/m/policy`, { colour: 'red' }, /colour/],
    ['PUT', `${SLIPWAY}/models/m/policy`, { validation: { mode: 'on' } }, /validation\.mode/],
    [
      'PUT',
      `${SLIPWAY}/models/m/policy`,
      { promotion: { mode: 'auto', metric: 'roc_auc', alpha: 7 } },
      /promotion\.alpha/,
    ],
  ],
  pipelines: [
    [
      'PUT',
      `${SLIPWAY}/pipelines/p`,
      { model: 'm', data: { train: '/etc/passwd' } },
      /data\.train/,
    ],
    ['POST', `${SLIPWAY}/pipelines/p/executions`, { parameters: { 'data.colour': 1 } }, /colour/],
    ['POST', `${SLIPWAY}/pipelines/p/executions`, { reason: 7 }, /reason/],
    ['GET', `${SLIPWAY}/pipelines/p/executions?limit=many`, undefined, /limit/],
  ],
  serving: [
    ['POST', SERVING, { name: 'a b', config: { served_entities: [] } }, /name/],
    ['PUT', `${SERVING}/e/config`, { served_entities: [{ entity_name: 'm' }] }, /entity_version/],
    ['PUT', `${SERVING}/e/config`, { served_entities: 'all' }, /served_entities/],
  ],
  monitoring: [
    ['POST', `${SLIPWAY}/endpoints/e/labels`, [{ label: 1 }], /request_id/],
    ['GET', `${SLIPWAY}/endpoints/e/windows?granularity=P9D`, undefined, /granularity/],
  ],
  events: [['GET', `${SLIPWAY}/events?after=yesterday`, undefined, /after/]],
};

/** Ids that nobody gave. */
const UNKNOWN_IDS: Readonly<Record<string, readonly Call[]>> = {
  tracking: [
    ['GET', `${MLFLOW}/experiments/get?experiment_id=999`],
    ['GET', `${MLFLOW}/runs/get?run_id=nope`],
    ['POST', `${MLFLOW}/runs/log-metric`, { run_id: 'nope', key: 'a', value: 1, timestamp: 1 }],
    ['POST', `${MLFLOW}/runs/delete`, { run_id: 'nope' }],
  ],
  'logged models': [['GET', `${MLFLOW}/logged-models/m-nope`]],
  registry: [
    ['GET', `${MLFLOW}/registered-models/get?name=nope`],
    ['GET', `${MLFLOW}/model-versions/get?name=m&version=9`],
    ['POST', `${MLFLOW}/model-versions/create`, { name: 'nope', source: 's3://b/k' }],
    ['POST', `${MLFLOW}/registered-models/alias`, { name: 'm', alias: 'a', version: '9' }],
    ['DELETE', `${MLFLOW}/registered-models/delete`, { name: 'nope' }],
  ],
  artifacts: [['GET', '/api/2.0/mlflow-artifacts/artifacts/0/nope/file.txt']],
  policies: [['GET', `${SLIPWAY}/models/nope/policy`]],
  validation: [['GET', `${SLIPWAY}/models/m/versions/9/validation`]],
  promotion: [
    ['GET', `${SLIPWAY}/promotions/nope`],
    ['POST', `${SLIPWAY}/promotions/nope/revert`],
  ],
  approvals: [
    ['GET', `${SLIPWAY}/approvals/nope`],
    ['POST', `${SLIPWAY}/approvals/nope/approve`, { comment: 'yes' }],
  ],
  pipelines: [
    ['GET', `${SLIPWAY}/pipelines/nope`],
    ['POST', `${SLIPWAY}/pipelines/nope/executions`, {}],
    ['POST', `${SLIPWAY}/executions/nope/stop`],
  ],
  serving: [
    ['GET', `${SERVING}/nope`],
    ['DELETE', `${SERVING}/nope`],
    ['POST', '/serving-endpoints/nope/invocations', { inputs: [[1]] }],
  ],
  monitoring: [
    ['POST', `${SLIPWAY}/endpoints/nope/labels`, [{ request_id: 'r', label: 1 }]],
    ['GET', `${SLIPWAY}/endpoints/nope/windows`],
  ],
};

let before: string[] = [];

beforeAll(async () => {
  await host.start();
  await host.call('POST', `${MLFLOW}/registered-models/create`, { name: 'm' });
  const source = 'mlflow-artifacts:/0/none/artifacts/model';
  await host.call('POST', `${MLFLOW}/model-versions/create`, { name: 'm', source });
  const data = { train: 's3://bucket/data', label: 'late' };
  await host.call('PUT', `${SLIPWAY}/pipelines/p`, { model: 'm', data });
  const entity = { entity_name: 'm', entity_version: '@champion' };
  await host.call('POST', SERVING, { name: 'e', config: { served_entities: [entity] } });
  await host.waitFor('EndpointConfigChanged', { endpoint: 'e' });
  const inFlight = new InFlight(host);
  await inFlight.settled();
  inFlight.close();
  before = await everythingStored(host.awsUrl);
});
afterAll(() => host.stop());

const rows = <T extends readonly unknown[]>(table: Readonly<Record<string, readonly T[]>>) =>
  Object.entries(table).flatMap(([domain, calls]) =>
    calls.map((call) => [domain, ...call] as [string, ...T]),
  );

describe('a body', () => {
  it.each(rows<readonly [string, string]>(BODIES))(
    'of %s must be JSON: %s %s',
    async (_, method, path) => {
      for (const text of ['{bad', '{"name": "m"', '\u0000']) {
        const answer = await host.call(method, path, text);
        expect(answer).toMatchObject({ status: 400, body: { error_code: MALFORMED } });
      }
      for (const text of ['"text"', '[[1]]', 'null', '7']) {
        const { status, body } = await host.call(method, path, text);
        expect(status, text).toBe(400);
        expect([INVALID, MALFORMED], text).toContain(body.error_code);
      }
    },
  );

  it.each(rows(FIELDS))(
    'of %s has the right fields: %s %s',
    async (_, method, path, body, field) => {
      const answer = await host.call(method, path, body);
      expect(answer).toMatchObject({
        status: 400,
        body: { error_code: INVALID, message: expect.stringMatching(field) },
      });
    },
  );

  it.each(rows<readonly [string, string]>(BODIES))(
    'of %s may not be larger than the gateway or the function takes: %s %s',
    async (_, method, path) => {
      for (const megabytes of [7, 11]) {
        const body = JSON.stringify({ name: 'x'.repeat(megabytes * 1024 * 1024) });
        // The gateway answers itself, as it does on AWS: no function has seen the request.
        expect(await host.call(method, path, body)).toEqual({
          status: 413,
          body: { message: 'Request Too Long' },
        });
      }
    },
  );

  it('of a log call may not be larger than MLflow takes', async () => {
    const params = Array.from({ length: 101 }, (_, i) => ({ key: `p${i}`, value: '1' }));
    const answer = await host.call('POST', `${MLFLOW}/runs/log-batch`, { run_id: 'x', params });
    expect(answer).toMatchObject({ status: 400, body: { error_code: INVALID } });
  });
});

describe('an id', () => {
  it.each(rows(UNKNOWN_IDS))(
    'of %s that nobody gave is not found: %s %s',
    async (_, method, path, body) => {
      const answer = await host.call(method, path, body);
      expect(answer).toMatchObject({ status: 404, body: { error_code: UNKNOWN } });
    },
  );

  it.each([
    ['GET', '/api/2.0/nothing/here'],
    ['GET', `${SLIPWAY}/pipelines`],
    ['POST', `${SLIPWAY}/models/m/policy/more`],
  ])('of a route: %s %s is no endpoint', async (method, path) => {
    const answer = await host.call(method, path);
    expect(answer).toMatchObject({ status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND' } });
  });
});

describe('what was refused', () => {
  it('has written nothing', async () => {
    expect(await everythingStored(host.awsUrl)).toEqual(before);
  });
});
