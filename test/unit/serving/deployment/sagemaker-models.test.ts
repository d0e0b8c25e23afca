import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import {
  planInput,
  planNextStep,
  recordDeployment,
} from '../../../../functions/serving/deployment/deployment-tasks.ts';
import { getLive } from '../../../../functions/serving/endpoints/endpoint-store.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { trainTiny } from '../../../support/tiny-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = { ...aContext(), clock: Date.now };
let names = 0;

const path = (endpoint: string) => `/api/2.0/serving-endpoints/${endpoint}`;
const entityOf = (model: string, more: object) => ({
  name: 'main',
  entity_name: model,
  entity_version: '1',
  workload_type: 'GPU_SMALL',
  ...more,
});

/** An endpoint of version 1 of a model that only `python_function` can load. */
async function anEndpoint(more: object = {}): Promise<string> {
  const { name } = await createRegisteredModel({ name: `gpu-${++names}` }, context);
  await trainTiny(platform, name, 'x', context, {
    files: { 'model/MLmodel': 'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n' },
  });
  const config = { served_entities: [entityOf(name, more)] };
  const created = await platform.serving('POST', '/api/2.0/serving-endpoints', { name, config });
  expect(created.status).toBe(200);
  await platform.settle();
  return name;
}

const about = async (endpoint: string, type: string) =>
  (await announced('platform')).filter(
    (event) => event.type === type && event.data.endpoint === endpoint,
  );

const requestsOf = (endpoint: string) => about(endpoint, 'ScorerRequested');

async function describeEndpoint(endpoint: string) {
  interface Description {
    readonly id: string;
    readonly state: { readonly summary: string; readonly message?: string };
  }
  return (await platform.serving<Description>('GET', path(endpoint))).body;
}

/** What the execution of the newest request was started for. */
async function ownOf(endpoint: string) {
  const request = (await requestsOf(endpoint)).at(-1);
  const preparation = request?.id ?? '';
  const { variant } = (request?.data.deployment ?? { variant: '' }) as { variant: string };
  const { id: endpoint_id } = await describeEndpoint(endpoint);
  return { endpoint, endpoint_id, own: { preparation, model: endpoint, version: '1', variant } };
}

async function finish(endpoint: string, problem = '') {
  const recorded = await recordDeployment({ ...(await ownOf(endpoint)), problem }, context);
  await platform.settle();
  return recorded;
}

const nothing = { tried: '', problem: '', weighted: false, told: false, configs: [], variants: [] };
const absent = { status: 'Absent', config: '', variants: [], failure: '' };

describe('an entity with a GPU', () => {
  it('is served by a variant of SageMaker once that is in service', async () => {
    const endpoint = await anEndpoint();
    expect((await describeEndpoint(endpoint)).state).toMatchObject({
      summary: 'CREATING',
      message: expect.stringContaining('is being prepared: its instances'),
    });
    const [request] = await requestsOf(endpoint);
    expect(request?.data.deployment).toEqual({
      variant: expect.stringMatching(/^v1-[0-9a-f]{12}$/),
      instance_type: 'ml.g4dn.xlarge',
      instance_count: 1,
    });
    const asked = await ownOf(endpoint);
    const question = { ...asked, seen: absent, memory: nothing, looks: 1 };
    const name = `slipway-${asked.endpoint_id.slice(0, 16)}`;
    expect(await planNextStep(question, context)).toMatchObject({
      do: 'create',
      models: [{ name: `${name}-${asked.own.variant}`, uri: expect.stringMatching(/^s3:.*\/$/) }],
      config: { variants: [{ InstanceType: 'ml.g4dn.xlarge', InitialInstanceCount: 1 }] },
    });

    expect(await finish(endpoint)).toEqual({ state: 'READY' });
    expect((await describeEndpoint(endpoint)).state.summary).toBe('READY');
    const live = await getLive(endpoint);
    const deployed = { endpoint: name, variant: asked.own.variant };
    expect(live?.entities).toMatchObject([{ deployed, weight: 100 }]);
    expect(await about(endpoint, 'EndpointDeploymentOutdated')).toHaveLength(1);
    const seen = {
      status: 'InService',
      config: 'c',
      failure: '',
      variants: [{ name: asked.own.variant, weight: 1 }],
    };
    expect(await planNextStep({ ...question, own: null, seen }, context)).toMatchObject({
      do: 'weights',
      weights: [{ VariantName: asked.own.variant, DesiredWeight: 100 }],
    });
  });

  it('has its environment variables in the container, and nowhere that is told', async () => {
    const variantOf = async (endpoint: string) => (await ownOf(endpoint)).own.variant;
    const environment_vars = { MODE: 'container-value' };
    const endpoint = await anEndpoint({ environment_vars });
    const question = { ...(await ownOf(endpoint)), seen: absent, memory: nothing, looks: 1 };
    expect(await planNextStep(question, context)).toMatchObject({
      models: [{ environment: environment_vars }],
    });
    await finish(endpoint);
    const before = await variantOf(endpoint);
    const changed = entityOf(endpoint, { environment_vars: { MODE: 'another-value' } });
    await platform.serving('PUT', `${path(endpoint)}/config`, { served_entities: [changed] });
    await platform.settle();
    expect(await variantOf(endpoint)).not.toBe(before);
    expect((await getLive(endpoint))?.entities).toMatchObject([{ deployed: { variant: before } }]);
    await finish(endpoint);
    expect((await getLive(endpoint))?.entities).toMatchObject([
      { deployed: { variant: await variantOf(endpoint) } },
    ]);
    expect(JSON.stringify(await announced('platform'))).not.toMatch(/(container|another)-value/);
  });

  it('says why its version cannot be served', async () => {
    const endpoint = await anEndpoint();
    await finish(endpoint, 'SageMaker went back to configuration c: no capacity');
    expect((await describeEndpoint(endpoint)).state).toMatchObject({
      summary: 'FAILED',
      message: expect.stringContaining('no capacity'),
    });
    expect(await requestsOf(endpoint)).toHaveLength(1);
  });

  it('goes on with its instances until others are in service', async () => {
    const endpoint = await anEndpoint();
    await finish(endpoint);
    const before = await getLive(endpoint);
    const config = { served_entities: [entityOf(endpoint, { workload_size: 'Large' })] };
    await platform.serving('PUT', `${path(endpoint)}/config`, config);
    await platform.settle();
    expect((await getLive(endpoint))?.entities).toEqual(before?.entities);
    const requests = await requestsOf(endpoint);
    expect(requests).toHaveLength(2);
    expect(requests[1]?.data.deployment).toMatchObject({ instance_count: 4 });
    await finish(endpoint);
    const after = await getLive(endpoint);
    expect(after?.config).toBe(2);
    expect(after?.entities[0]?.deployed?.variant).not.toBe(before?.entities[0]?.deployed?.variant);
  });

  it('has as many instances as its requests need, between those that it says', async () => {
    const range = { min_provisioned_concurrency: 6, max_provisioned_concurrency: 16 };
    const endpoint = await anEndpoint(range);
    const asked = await ownOf(endpoint);
    const [request] = await requestsOf(endpoint);
    expect(request?.data.deployment).toMatchObject({ instance_count: 2, instance_maximum: 4 });
    const { variant } = asked.own;
    const resource = `endpoint/slipway-${asked.endpoint_id.slice(0, 16)}/variant/${variant}`;
    const seen = {
      status: 'InService',
      config: 'c',
      failure: '',
      variants: [{ name: variant, weight: 1 }],
    };
    const question = { ...asked, seen, looks: 1 };
    /** As the state machine passes on what a step remembers. */
    const next = (own: typeof asked.own | null, memory: object) =>
      planNextStep(planInput.parse({ ...question, own, memory }), context);
    const step = await next(asked.own, nothing);
    expect(step).toMatchObject({
      do: 'scale',
      scaling: { resource, minimum: 2, maximum: 4, queued: false },
    });
    expect(await next(asked.own, step.memory)).toMatchObject({ do: 'record' });
    await finish(endpoint);
    await platform.serving('DELETE', path(endpoint));
    const after = await next(null, nothing);
    expect(after).toMatchObject({ do: 'unscale', scaling: { resource } });
    expect(await next(null, after.memory)).toMatchObject({ do: 'delete' });
  });

  it('is taken off with its endpoint', async () => {
    const endpoint = await anEndpoint();
    await finish(endpoint);
    const { endpoint_id } = await ownOf(endpoint);
    await platform.serving('DELETE', path(endpoint));
    expect(await about(endpoint, 'EndpointDeploymentOutdated')).toHaveLength(2);
    const seen = { ...absent, status: 'InService', variants: [{ name: 'v', weight: 1 }] };
    const question = { endpoint, endpoint_id, own: null, seen, memory: nothing, looks: 1 };
    expect(await planNextStep(question, context)).toMatchObject({ do: 'delete' });
  });

  it('is not made ready for an endpoint that is gone', async () => {
    const endpoint = await anEndpoint();
    const asked = await ownOf(endpoint);
    await platform.serving('DELETE', path(endpoint));
    const question = { ...asked, seen: absent, memory: nothing, looks: 1 };
    expect(await planNextStep(question, context)).toMatchObject({
      do: 'record',
      memory: { problem: 'its endpoint was deleted' },
    });
  });
});

describe('a change that nobody waits for', () => {
  it('is told of when SageMaker took it back', async () => {
    const failed = { endpoint: 'e', endpoint_id: 'a'.repeat(32), own: null, problem: 'went back' };
    await recordDeployment(failed, context);
    expect(await about('e', 'EndpointDeploymentFailed')).toMatchObject([
      { data: { deployment: `slipway-${'a'.repeat(16)}`, message: 'went back' } },
    ]);
  });

  it('is told of once when its execution died, unless that had told of it', async () => {
    const input = { endpoint: 'dead', endpoint_id: 'b'.repeat(32), own: null, correlation_id: 'c' };
    const died = (name: string, status: string, error: string | null) =>
      platform.fail({
        'detail-type': 'Step Functions Execution Status Change',
        detail: {
          stateMachineArn: process.env.STATE_MACHINE_DEPLOY,
          input: JSON.stringify(input),
          cause: null,
          ...{ name, status, error },
        },
      });
    await died('timed-out', 'TIMED_OUT', null);
    await died('timed-out', 'TIMED_OUT', null);
    await died('told', 'FAILED', 'NotFollowed');
    await died('untold', 'FAILED', 'NotRecorded');
    expect(await about('dead', 'EndpointDeploymentFailed')).toMatchObject([
      { data: { message: expect.stringContaining('took longer than it may') } },
      { data: { message: expect.stringContaining('NotRecorded') } },
    ]);
  });
});
