import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RegisteredModelCreated } from '../../../../functions/registry/events.ts';
import { MAX_ATTEMPTS } from '../../../../functions/webhooks/deliveries/delivery.ts';
import { drainLane } from '../../../../functions/webhooks/deliveries/drain-lane.ts';
import { replayDelivery } from '../../../../functions/webhooks/deliveries/replay-delivery.ts';
import {
  mlflowSignature,
  sendDelivery,
} from '../../../../functions/webhooks/deliveries/send-delivery.ts';
import {
  anEvent,
  call,
  context,
  create,
  deliver,
  history,
  ports,
  REGISTRY,
  state,
  useWebhooks,
} from '../api.ts';

useWebhooks();

/** A webhook of Databricks' dialect for new models; answers its id. */
async function createDatabricks(path: string): Promise<string> {
  const { status, body } = await call('POST', `${REGISTRY}/create`, {
    events: ['REGISTERED_MODEL_CREATED'],
    http_url_spec: { url: `${state.receiver.url}${path}`, secret: 'dbx' },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.webhook.id;
}

const statusOf = async (id: string) => {
  const { webhooks } = (await call('GET', `${REGISTRY}/list`)).body;
  const all = webhooks as unknown as { id: string; status: string }[];
  return all.find((one) => one.id === id)?.status;
};

/** The runs that were asked for, each at its time, until there are no more. */
async function runAll(id: string, own: typeof ports): Promise<void> {
  for (let runs = 0; state.wakes.length > 0; runs++) {
    expect(runs).toBeLessThan(100);
    state.now += Math.max(...state.wakes.map(({ afterMs }) => afterMs));
    state.wakes.length = 0;
    await drainLane(id, own, context);
  }
}

describe('deliveries in Databricks’ dialect', () => {
  it('are tried again, signed anew with the time of the attempt, under the same id', async () => {
    state.answer = (_path, count) => ({ status: count < 3 ? 503 : 200 });
    const id = await createDatabricks('/flaky');
    await deliver(anEvent(RegisteredModelCreated));
    await runAll(id, ports);
    const sent = state.receiver.at('/flaky');
    expect(sent).toHaveLength(3);
    const times = sent.map(({ headers, body }) => {
      const delivery = String(headers['x-mlflow-delivery-id']);
      const time = String(headers['x-mlflow-timestamp']);
      const hex = createHmac('sha256', 'dbx').update(body).digest('hex');
      expect(headers['x-databricks-signature']).toBe(hex);
      expect(headers['x-mlflow-signature']).toBe(mlflowSignature('dbx', delivery, time, body));
      return Number(time);
    });
    const [made] = await history(id);
    expect(made).toMatchObject({ status: 'DELIVERED', attempt_count: 3 });
    expect(made?.attempts.map(({ status_code }) => status_code)).toEqual([503, 503, 200]);
    // The time that is signed is that of the attempt, in seconds.
    expect(times).toEqual(made?.attempts.map(({ at }) => Math.floor(Date.parse(at) / 1000)));
    expect(new Set(times).size).toBe(3);
    expect(new Set(sent.map(({ headers }) => headers['x-mlflow-signature'])).size).toBe(3);
    expect(new Set(sent.map(({ headers }) => headers['x-mlflow-delivery-id'])).size).toBe(1);
  });

  it('disable their webhook after a run of failures; what failed is replayed when it is active', async () => {
    state.answer = () => ({ status: 410 });
    const id = await createDatabricks('/gone');
    await deliver(anEvent(RegisteredModelCreated), anEvent(RegisteredModelCreated));
    await runAll(id, ports);
    expect(await statusOf(id)).toBe('DISABLED');
    const failed = await history(id);
    expect(failed.map(({ status }) => status)).toEqual(['FAILED', 'FAILED']);
    const [first] = failed;
    await expect(replayDelivery(first?.id ?? '', context, ports.wake)).rejects.toThrow('DISABLED');

    state.answer = () => ({ status: 200 });
    await call('PATCH', `${REGISTRY}/update`, { id, status: 'ACTIVE' });
    const replay = await replayDelivery(first?.id ?? '', context, ports.wake);
    await runAll(id, ports);
    const [again] = await history(id);
    expect(again).toMatchObject({ id: replay.id, replay_of: first?.id, status: 'DELIVERED' });
    expect(again?.body).toBe(first?.body);
  });
});

describe('a receiver that hangs', () => {
  const TIMEOUT_MS = 100;
  const impatient: typeof ports = {
    ...ports,
    failureLimit: 100,
    send: (webhook, delivery) => sendDelivery(webhook, delivery, () => state.now, TIMEOUT_MS),
  };

  it.each([
    ['MLflow’s', create],
    ['Databricks’', createDatabricks],
  ])('is tried again, then its delivery has failed (%s dialect)', async (_, make) => {
    state.answer = () => 'hang';
    const id = await make('/hangs');
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, impatient, context);
    const error = `No answer within ${TIMEOUT_MS} ms`;
    expect(await history(id)).toMatchObject([
      { status: 'PENDING', attempt_count: 1, attempts: [{ error }] },
    ]);
    await runAll(id, impatient);
    const [made] = await history(id);
    expect(made).toMatchObject({ status: 'FAILED', attempt_count: MAX_ATTEMPTS });
    expect(made?.attempts.map((attempt) => attempt.error)).toEqual(Array(MAX_ATTEMPTS).fill(error));
    expect(state.receiver.at('/hangs')).toHaveLength(MAX_ATTEMPTS);
  });
});
