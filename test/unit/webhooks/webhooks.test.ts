import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventDefinition } from '../../../functions/events/define.ts';
import { DriftDetected } from '../../../functions/monitoring/events.ts';
import { ModelAliasMoved, RegisteredModelCreated } from '../../../functions/registry/events.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import type { OperationContext } from '../../../functions/shared/context.ts';
import { getItem } from '../../../functions/shared/dynamo/index.ts';
import { newId } from '../../../functions/shared/ids.ts';
import { listDeliveries } from '../../../functions/webhooks/delivery-store.ts';
import { drainLane } from '../../../functions/webhooks/drain-lane.ts';
import { fanOut } from '../../../functions/webhooks/fan-out.ts';
import { toPlatformEvent } from '../../../functions/webhooks/notice.ts';
import { replayDelivery } from '../../../functions/webhooks/replay-delivery.ts';
import { mlflowSignature, sendDelivery } from '../../../functions/webhooks/send-delivery.ts';
import { allWebhooks } from '../../../functions/webhooks/webhook-store.ts';
import { handler } from '../../../functions/webhooks/webhooks.lambda.ts';
import { callApi } from '../../support/call-api.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { announced } from '../../support/outbox.ts';
import { type Answer, startReceiver } from '../../support/receiver.ts';

const WEBHOOKS = '/api/2.0/mlflow/webhooks';
const REGISTRY = '/api/2.0/mlflow/registry-webhooks';
const MODEL_CREATED = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }];

let dynamo: TestDynamo;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let answer: (path: string, count: number) => Answer;
let wakes: { id: string; afterMs: number }[] = [];
let now = 0;

const clock = () => now;
const context: OperationContext = aContext({ actor: { user: 'ana', groups: ['admins'] }, clock });
const ports = {
  send: (...[webhook, delivery]: Parameters<typeof sendDelivery>) =>
    sendDelivery(webhook, delivery, clock),
  wake: async (id: string, afterMs = 0) => void wakes.push({ id, afterMs }),
  failureLimit: 2,
};

const call = async (method: string, path: string, body?: object) => {
  type Body = Record<string, never> & { webhook: { id: string; webhook_id: string } };
  return callApi<Body>(handler as never, method, path, body);
};

async function create(path: string, extra: object = {}): Promise<string> {
  const body = { name: 'hook', url: `${receiver.url}${path}`, events: MODEL_CREATED, ...extra };
  const made = await call('POST', WEBHOOKS, body);
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return made.body.webhook.webhook_id;
}

function anEvent<T>(definition: EventDefinition<T>, data: T = definition.sample, id = newId()) {
  const time = new Date(now).toISOString();
  const metadata = { id, version: 1, time, workspace: 'default', actor: 'a', correlationId: 'c' };
  return toPlatformEvent(definition as EventDefinition, { metadata, data });
}

const deliver = (...events: ReturnType<typeof anEvent>[]) =>
  fanOut(events, { webhooks: allWebhooks, wake: ports.wake, clock });

const history = async (id: string) => (await listDeliveries(id, { limit: 100 })).deliveries;

beforeAll(async () => {
  dynamo = await startDynamo();
  receiver = await startReceiver((path, count) => answer(path, count));
});
beforeEach(() => {
  vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'true');
  vi.stubEnv('WEBHOOK_SECRETS_KEY', randomBytes(32).toString('base64'));
  vi.stubEnv('WEBHOOK_QUEUE', 'http://127.0.0.1:1/queue');
  now = Date.now();
  wakes = [];
  receiver.received.length = 0;
  answer = () => ({ status: 200 });
});
afterEach(async () => {
  for (const { id, dialect } of await allWebhooks()) {
    if (dialect === 'mlflow') await call('DELETE', `${WEBHOOKS}/${id}`);
    else await call('DELETE', `${REGISTRY}/delete?id=${id}`);
  }
});
afterAll(async () => {
  receiver.stop();
  await dynamo.stop();
});

describe('fan-out', () => {
  it('makes one delivery for each webhook that asked, however often the event comes', async () => {
    const [asked, other] = [
      await create('/a'),
      await create('/b', { events: [{ entity: 'MODEL_VERSION', action: 'CREATED' }] }),
    ];
    const event = anEvent(RegisteredModelCreated);
    await deliver(event, event);
    await deliver(event);
    expect(await history(asked)).toMatchObject([
      { id: `${asked}-${event.metadata.id}`, status: 'PENDING', event: 'REGISTERED_MODEL.CREATED' },
    ]);
    expect(await history(other)).toEqual([]);
    expect(wakes.map(({ id }) => id)).toEqual([asked, asked]);
  });

  it('makes what is missing of many events of which some came before', async () => {
    const id = await create('/a');
    const events = Array.from({ length: 45 }, () => anEvent(RegisteredModelCreated));
    await deliver(...events.slice(3, 5));
    await drainLane(id, ports, context);
    await deliver(...events);
    const made = await history(id);
    expect(new Set(made.map(({ event_id }) => event_id))).toEqual(
      new Set(events.map(({ metadata }) => metadata.id)),
    );
    expect(made.filter(({ status }) => status === 'DELIVERED')).toHaveLength(2);
  });

  it('makes what can be made beside what is too large for a row', async () => {
    const id = await create('/a');
    // As JSON in a row each quote has two bytes.
    const tags = ['a', 'b', 'c'].map((key) => ({ key, value: '"'.repeat(90_000) }));
    await createRegisteredModel({ name: 'large', tags }, context);
    const large = anEvent(RegisteredModelCreated, { model: 'large' });
    const others = [anEvent(RegisteredModelCreated), anEvent(RegisteredModelCreated)];
    await expect(deliver(...others.slice(0, 1), large, ...others.slice(1))).rejects.toThrow();
    expect((await history(id)).map(({ event_id }) => event_id).sort()).toEqual(
      others.map(({ metadata }) => metadata.id).sort(),
    );
    expect(wakes.map((wake) => wake.id)).toEqual([id]);
  });

  it('makes nothing for a webhook that is disabled', async () => {
    const id = await create('/a', { status: 'DISABLED' });
    await deliver(anEvent(RegisteredModelCreated));
    expect(await history(id)).toEqual([]);
  });

  it('goes on for a webhook that was changed, as in MLflow, unless the change says otherwise', async () => {
    const id = await create('/a', { status: 'DISABLED' });
    await call('PATCH', `${WEBHOOKS}/${id}`, { description: 'd', status: 'DISABLED' });
    await deliver(anEvent(RegisteredModelCreated));
    expect(await history(id)).toEqual([]);
    await call('PATCH', `${WEBHOOKS}/${id}`, { description: 'e', status: 'unknown' });
    await deliver(anEvent(RegisteredModelCreated));
    expect(await history(id)).toHaveLength(1);
  });
});

describe('a lane', () => {
  it('hands over what MLflow’s receivers check: body, id, time and signature', async () => {
    const model = `m-${newId()}`;
    await createRegisteredModel(
      { name: model, description: 'd', tags: [{ key: 'k', value: 'v' }] },
      context,
    );
    const id = await create('/signed', { secret: 's3cret' });
    await deliver(anEvent(RegisteredModelCreated, { model }));
    await drainLane(id, ports, context);
    const { headers = {}, body = '' } = receiver.received[0] ?? {};
    expect(JSON.parse(body)).toEqual({
      entity: 'registered_model',
      action: 'created',
      timestamp: new Date(now).toISOString(),
      data: { name: model, description: 'd', tags: { k: 'v' } },
    });
    const timestamp = String(Math.floor(now / 1000));
    const delivery = String(headers['x-mlflow-delivery-id']);
    expect(headers['x-mlflow-timestamp']).toBe(timestamp);
    expect(headers['x-mlflow-signature']).toBe(
      mlflowSignature('s3cret', delivery, timestamp, body),
    );
    expect(await history(id)).toMatchObject([
      { id: delivery, status: 'DELIVERED', attempt_count: 1 },
    ]);
  });

  it('tries again when it said it would, signed anew, and stops at success', async () => {
    answer = (_path, count) => (count < 3 ? { status: 503 } : { status: 200 });
    const id = await create('/flaky', { secret: 's' });
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    await drainLane(id, ports, context);
    expect(receiver.received).toHaveLength(1);
    const { afterMs } = wakes.at(-1) ?? { afterMs: 0 };
    expect(afterMs).toBeGreaterThanOrEqual(1000);
    for (let round = 0; round < 2; round++) {
      now += 5000;
      await drainLane(id, ports, context);
    }
    const sent = receiver.received.map(({ headers }) => headers);
    expect(new Set(sent.map((one) => one['x-mlflow-delivery-id'])).size).toBe(1);
    expect(new Set(sent.map((one) => one['x-mlflow-timestamp'])).size).toBe(3);
    expect(new Set(sent.map((one) => one['x-mlflow-signature'])).size).toBe(3);
    const [delivery] = await history(id);
    expect(delivery).toMatchObject({ status: 'DELIVERED', attempt_count: 3 });
    expect(delivery?.attempts.map((attempt) => attempt.status_code)).toEqual([503, 503, 200]);
  });

  it('keeps to Retry-After', async () => {
    answer = () => ({ status: 429, headers: { 'retry-after': '30' } });
    const id = await create('/busy');
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    expect(wakes.at(-1)?.afterMs).toBeGreaterThanOrEqual(30_000);
  });

  it('sends each delivery once when many runs work on it at the same time', async () => {
    const id = await create('/once');
    const events = Array.from({ length: 40 }, () => anEvent(RegisteredModelCreated));
    await Promise.all([
      ...events.map((event) => deliver(event).then(() => drainLane(id, ports, context))),
      ...Array.from({ length: 5 }, () => drainLane(id, ports, context)),
    ]);
    expect(receiver.at('/once')).toHaveLength(40);
    expect((await history(id)).every(({ status }) => status === 'DELIVERED')).toBe(true);
  });

  it('is taken over when a run died in it', async () => {
    const id = await create('/later');
    await deliver(anEvent(RegisteredModelCreated));
    const died = { ...ports, send: () => Promise.reject(new Error('killed')) };
    await expect(drainLane(id, died, context)).rejects.toThrow('killed');
    await drainLane(id, ports, context);
    expect(receiver.received).toHaveLength(0);
    now += 60_000;
    await drainLane(id, ports, context);
    expect(await history(id)).toMatchObject([{ status: 'DELIVERED' }]);
  });

  it('is not held up by another one whose receiver hangs', async () => {
    const [slow, quick] = [await create('/hangs'), await create('/quick')];
    await deliver(...Array.from({ length: 30 }, () => anEvent(RegisteredModelCreated)));
    // It hangs for as long as the other one takes, however long that is.
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const send: typeof ports.send = async (...given) => {
      await released;
      return ports.send(...given);
    };
    const held = drainLane(slow, { ...ports, send }, context);
    await drainLane(quick, ports, context);
    expect(receiver.at('/quick')).toHaveLength(30);
    expect((await history(slow)).every(({ status }) => status === 'PENDING')).toBe(true);
    release();
    await held;
  });

  it('follows no redirect, and calls no private address where that is not allowed', async () => {
    answer = () => ({ status: 302, headers: { location: `${receiver.url}/target` } });
    const id = await create('/moved');
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'false');
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    expect(receiver.received.map(({ path }) => path)).toEqual(['/moved']);
    const [refused, moved] = await history(id);
    expect(moved).toMatchObject({ status: 'FAILED', attempts: [{ status_code: 302 }] });
    expect(refused?.status).toBe('FAILED');
    expect(refused?.attempts[0]?.error).toMatch(/scheme|public/);
  });
});

describe('a webhook that keeps failing', () => {
  it('is disabled with an event that says why; what waited can be replayed', async () => {
    answer = () => ({ status: 410 });
    const id = await create('/gone');
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    expect((await call('GET', `${WEBHOOKS}/${id}`)).body.webhook).toMatchObject({
      status: 'DISABLED',
    });
    expect(
      (await announced('registry')).filter(({ type }) => type === 'WebhookDisabled').at(-1)?.data,
    ).toEqual({
      webhook_id: id,
      name: 'hook',
      failed_deliveries: 2,
      failed_attempts: 2,
      cause: 'the receiver answered 410',
    });
    const [failed] = await history(id);
    await expect(replayDelivery(failed?.id ?? '', context, ports.wake)).rejects.toThrow('DISABLED');

    answer = () => ({ status: 200 });
    await call('PATCH', `${WEBHOOKS}/${id}`, { status: 'ACTIVE' });
    const replay = await replayDelivery(failed?.id ?? '', context, ports.wake);
    await drainLane(id, ports, context);
    const [again] = await history(id);
    expect(again).toMatchObject({ id: replay.id, replay_of: failed?.id, status: 'DELIVERED' });
    expect(again?.body).toBe(failed?.body);
  });

  it('starts counting anew after a success', async () => {
    answer = (_path, count) => ({ status: count % 2 === 0 ? 200 : 410 });
    const id = await create('/sometimes');
    for (let i = 0; i < 6; i++) {
      await deliver(anEvent(RegisteredModelCreated));
      await drainLane(id, ports, context);
    }
    expect((await call('GET', `${WEBHOOKS}/${id}`)).body.webhook).toMatchObject({
      status: 'ACTIVE',
    });
  });
});

describe('secrets', () => {
  it('are sealed in the table and never answered', async () => {
    const id = await create('/s', { secret: 'top-secret' });
    const row = await getItem('registry', { pk: 'WEBHOOKS', sk: id });
    const shown = await call('GET', `${WEBHOOKS}/${id}`);
    const listed = await call('GET', WEBHOOKS);
    const events = await announced('registry');
    for (const place of [row, shown, listed, events]) {
      expect(JSON.stringify(place)).not.toContain('top-secret');
    }
  });
});

describe('registry webhooks', () => {
  const spec = (path: string) => ({
    url: `${receiver.url}${path}`,
    secret: 'dbx',
    authorization: 'Bearer t',
  });

  it('are made, listed, changed, tested and deleted as databricks-sdk does', async () => {
    const made = await call('POST', `${REGISTRY}/create`, {
      events: ['MODEL_VERSION_CREATED', 'MODEL_VERSION_VALIDATED'],
      http_url_spec: spec('/dbx'),
    });
    const { id } = made.body.webhook;
    expect(made.body.webhook).toEqual({
      id,
      events: ['MODEL_VERSION_CREATED', 'MODEL_VERSION_VALIDATED'],
      status: 'ACTIVE',
      creation_timestamp: expect.any(Number),
      last_updated_timestamp: expect.any(Number),
      http_url_spec: { url: `${receiver.url}/dbx`, enable_ssl_verification: true },
    });
    const list = await call('GET', `${REGISTRY}/list?events=MODEL_VERSION_VALIDATED`);
    expect(list.body.webhooks).toHaveLength(1);
    expect((await call('GET', WEBHOOKS)).body).toEqual({});
    const changed = await call('PATCH', `${REGISTRY}/update`, { id, status: 'TEST_MODE' });
    expect(changed.body.webhook).toMatchObject({ status: 'TEST_MODE' });
    const tested = await call('POST', `${REGISTRY}/test`, { id });
    expect(tested.body).toEqual({ status_code: 200, status: 200, body: 'answer 1' });
    const [sent] = receiver.at('/dbx');
    expect(sent?.headers.authorization).toBe('Bearer t');
    expect(sent?.headers['x-databricks-signature']).toBe(
      createHmac('sha256', 'dbx')
        .update(sent?.body ?? '')
        .digest('hex'),
    );
    expect((await call('DELETE', `${REGISTRY}/delete?id=${id}`)).status).toBe(200);
  });

  it('get alias and drift events in Databricks’ form, of their model only', async () => {
    await createRegisteredModel({ name: 'flight-delay' }, context);
    const { body } = await call('POST', `${REGISTRY}/create`, {
      events: ['MODEL_ALIAS_MOVED', 'DRIFT_DETECTED'],
      model_name: 'flight-delay',
      http_url_spec: spec('/own'),
    });
    const moved = anEvent(ModelAliasMoved);
    const drift = anEvent(DriftDetected);
    await deliver(
      moved,
      drift,
      anEvent(ModelAliasMoved, { ...ModelAliasMoved.sample, model: 'x' }),
    );
    await drainLane(body.webhook.id, ports, context);
    const bodies = receiver.at('/own').map((one) => JSON.parse(one.body));
    expect(bodies).toHaveLength(2);
    expect(bodies.find(({ event }) => event === 'MODEL_ALIAS_MOVED')).toEqual({
      event: 'MODEL_ALIAS_MOVED',
      webhook_id: body.webhook.id,
      event_timestamp: now,
      text: ModelAliasMoved.text(ModelAliasMoved.sample),
      model_name: 'flight-delay',
      version: '3',
      data: ModelAliasMoved.sample,
    });
  });

  it('start a job with the event as a parameter', async () => {
    const { body } = await call('POST', `${REGISTRY}/create`, {
      events: ['REGISTERED_MODEL_CREATED'],
      job_spec: { job_id: '42', access_token: 'pat', workspace_url: receiver.url },
    });
    expect(body.webhook).toMatchObject({ job_spec: { job_id: '42', workspace_url: receiver.url } });
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(body.webhook.id, ports, context);
    const [sent] = receiver.at('/api/2.1/jobs/run-now');
    expect(sent?.headers.authorization).toBe('Bearer pat');
    const { job_id, notebook_params } = JSON.parse(sent?.body ?? '{}');
    expect(job_id).toBe(42);
    expect(JSON.parse(notebook_params.event_message)).toMatchObject({
      event: 'REGISTERED_MODEL_CREATED',
    });
  });
});
