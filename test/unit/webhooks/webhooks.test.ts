import { describe, expect, it, vi } from 'vitest';
import { RegisteredModelCreated } from '../../../functions/registry/events.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { getItem } from '../../../functions/shared/dynamo/index.ts';
import { newId } from '../../../functions/shared/ids.ts';
import { MAX_ATTEMPTS } from '../../../functions/webhooks/deliveries/delivery.ts';
import { drainLane } from '../../../functions/webhooks/deliveries/drain-lane.ts';
import { replayDelivery } from '../../../functions/webhooks/deliveries/replay-delivery.ts';
import { mlflowSignature } from '../../../functions/webhooks/deliveries/send-delivery.ts';
import { announced } from '../../support/outbox.ts';
import {
  anEvent,
  call,
  context,
  create,
  deliver,
  history,
  ports,
  state,
  useWebhooks,
  WEBHOOKS,
} from './api.ts';

useWebhooks();

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
    const { headers = {}, body = '' } = state.receiver.received[0] ?? {};
    expect(JSON.parse(body)).toEqual({
      entity: 'registered_model',
      action: 'created',
      timestamp: new Date(state.now).toISOString(),
      data: { name: model, description: 'd', tags: { k: 'v' } },
    });
    const timestamp = String(Math.floor(state.now / 1000));
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
    state.answer = (_path, count) => (count < 3 ? { status: 503 } : { status: 200 });
    const id = await create('/flaky', { secret: 's' });
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    await drainLane(id, ports, context);
    expect(state.receiver.received).toHaveLength(1);
    const { afterMs } = state.wakes.at(-1) ?? { afterMs: 0 };
    expect(afterMs).toBeGreaterThanOrEqual(1000);
    for (let round = 0; round < 2; round++) {
      state.now += 5000;
      await drainLane(id, ports, context);
    }
    const sent = state.receiver.received.map(({ headers }) => headers);
    expect(new Set(sent.map((one) => one['x-mlflow-delivery-id'])).size).toBe(1);
    expect(new Set(sent.map((one) => one['x-mlflow-timestamp'])).size).toBe(3);
    expect(new Set(sent.map((one) => one['x-mlflow-signature'])).size).toBe(3);
    const [delivery] = await history(id);
    expect(delivery).toMatchObject({ status: 'DELIVERED', attempt_count: 3 });
    expect(delivery?.attempts.map((attempt) => attempt.status_code)).toEqual([503, 503, 200]);
  });

  it('keeps to Retry-After', async () => {
    state.answer = () => ({ status: 429, headers: { 'retry-after': '30' } });
    const id = await create('/busy');
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    expect(state.wakes.at(-1)?.afterMs).toBeGreaterThanOrEqual(30_000);
  });

  it('sends each delivery once when many runs work on it at the same time', async () => {
    const id = await create('/once');
    const events = Array.from({ length: 40 }, () => anEvent(RegisteredModelCreated));
    await Promise.all([
      ...events.map((event) => deliver(event).then(() => drainLane(id, ports, context))),
      ...Array.from({ length: 5 }, () => drainLane(id, ports, context)),
    ]);
    expect(state.receiver.at('/once')).toHaveLength(40);
    expect((await history(id)).every(({ status }) => status === 'DELIVERED')).toBe(true);
  });

  it('is taken over when a run died in it', async () => {
    const id = await create('/later');
    await deliver(anEvent(RegisteredModelCreated));
    const died = { ...ports, send: () => Promise.reject(new Error('killed')) };
    await expect(drainLane(id, died, context)).rejects.toThrow('killed');
    await drainLane(id, ports, context);
    expect(state.receiver.received).toHaveLength(0);
    state.now += 60_000;
    await drainLane(id, ports, context);
    expect(await history(id)).toMatchObject([{ status: 'DELIVERED' }]);
  });

  it('is taken over at once by the same message when the machine died under a run', async () => {
    const id = await create('/again');
    await deliver(anEvent(RegisteredModelCreated));
    const died = { ...ports, send: () => Promise.reject(new Error('killed')) };
    await expect(drainLane(id, died, context, 'message')).rejects.toThrow('killed');
    await drainLane(id, ports, context, 'another message');
    expect(state.receiver.received).toHaveLength(0);
    await drainLane(id, ports, context, 'message');
    expect(await history(id)).toMatchObject([{ status: 'DELIVERED' }]);
  });

  it('is woken once more by a run that lost it to another one', async () => {
    const id = await create('/lost');
    await deliver(anEvent(RegisteredModelCreated));
    const held = () => {
      const receiver = Promise.withResolvers<void>();
      const asked = Promise.withResolvers<void>();
      const send: typeof ports.send = async (...given) => {
        asked.resolve();
        await receiver.promise;
        return ports.send(...given);
      };
      return { send, asked: asked.promise, release: () => receiver.resolve() };
    };
    const [first, second] = [held(), held()];
    // The clock of the first run's machine is behind: it does not see that its lease is over.
    const before = state.now;
    const behind = { ...context, clock: () => before };
    const losing = drainLane(id, { ...ports, send: first.send }, behind);
    await first.asked;
    state.now += 60_000;
    const taking = drainLane(id, { ...ports, send: second.send }, context);
    await second.asked;
    state.wakes = [];
    first.release();
    await losing;
    expect(state.wakes).toEqual([{ id, afterMs: 0 }]);
    second.release();
    await taking;
    expect(await history(id)).toMatchObject([{ status: 'DELIVERED' }]);
  });

  it('is woken by no further message while a run works on it, which sees all that comes', async () => {
    const id = await create('/busy');
    await deliver(anEvent(RegisteredModelCreated));
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const send: typeof ports.send = async (...given) => {
      reach();
      await released;
      return ports.send(...given);
    };
    const running = drainLane(id, { ...ports, send }, context);
    await reached;
    await deliver(anEvent(RegisteredModelCreated), anEvent(RegisteredModelCreated));
    release();
    await running;
    expect(state.wakes.map((wake) => wake.id)).toEqual([id]);
    expect((await history(id)).map(({ status }) => status)).toEqual(
      Array.from({ length: 3 }, () => 'DELIVERED'),
    );
  });

  it('is left to others after five seconds of work, and woken for what is left', async () => {
    const id = await create('/long');
    await deliver(...Array.from({ length: 25 }, () => anEvent(RegisteredModelCreated)));
    state.wakes = [];
    const send: typeof ports.send = async (webhook, delivery) => {
      state.now += 500;
      return ports.send(webhook, delivery);
    };
    await drainLane(id, { ...ports, send }, context);
    const sent = (await history(id)).filter(({ status }) => status === 'DELIVERED');
    expect(sent).toHaveLength(10);
    expect(state.wakes).toEqual([{ id, afterMs: 0 }]);
    await drainLane(id, ports, context);
    expect((await history(id)).map(({ status }) => status)).toEqual(Array(25).fill('DELIVERED'));
  });

  it('is not held up by another one whose receiver hangs', async () => {
    const [slow, quick] = [await create('/hangs'), await create('/quick')];
    await deliver(...Array.from({ length: 30 }, () => anEvent(RegisteredModelCreated)));
    // This receiver answers only when the other one has been served.
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const send: typeof ports.send = async (...given) => {
      await released;
      return ports.send(...given);
    };
    const held = drainLane(slow, { ...ports, send }, context);
    await drainLane(quick, ports, context);
    expect(state.receiver.at('/quick')).toHaveLength(30);
    expect((await history(slow)).every(({ status }) => status === 'PENDING')).toBe(true);
    release();
    await held;
  });

  it('follows no redirect, and calls no private address where that is not allowed', async () => {
    state.answer = () => ({ status: 302, headers: { location: `${state.receiver.url}/target` } });
    const id = await create('/moved');
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'false');
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, ports, context);
    expect(state.receiver.received.map(({ path }) => path)).toEqual(['/moved']);
    const [refused, moved] = await history(id);
    expect(moved).toMatchObject({ status: 'FAILED', attempts: [{ status_code: 302 }] });
    expect(refused?.status).toBe('FAILED');
    expect(refused?.attempts[0]?.error).toMatch(/scheme|public/);
  });
});

describe('a webhook that keeps failing', () => {
  it('is disabled with an event that says why; what waited can be replayed', async () => {
    state.answer = () => ({ status: 410 });
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

    state.answer = () => ({ status: 200 });
    await call('PATCH', `${WEBHOOKS}/${id}`, { status: 'ACTIVE' });
    const replay = await replayDelivery(failed?.id ?? '', context, ports.wake);
    await drainLane(id, ports, context);
    const [again] = await history(id);
    expect(again).toMatchObject({ id: replay.id, replay_of: failed?.id, status: 'DELIVERED' });
    expect(again?.body).toBe(failed?.body);
    const third = await replayDelivery(replay.id, context, ports.wake);
    expect(third.replay_of).toBe(failed?.id);
  });

  it('is disabled by as many attempts as its deliveries would have had, though none is given up', async () => {
    state.answer = () => ({ status: 503 });
    const id = await create('/down');
    const one = { ...ports, failureLimit: 1 };
    const status = async () => (await call('GET', `${WEBHOOKS}/${id}`)).body.webhook;
    const fail = async (deliveries: number) => {
      await deliver(...Array.from({ length: deliveries }, () => anEvent(RegisteredModelCreated)));
      await drainLane(id, one, context);
    };
    await fail(MAX_ATTEMPTS - 1);
    expect(await status()).toMatchObject({ status: 'ACTIVE' });
    await fail(1);
    expect(await status()).toMatchObject({ status: 'DISABLED' });
  });

  it('starts counting anew after a success', async () => {
    state.answer = (_path, count) => ({ status: count % 2 === 0 ? 200 : 410 });
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

describe('a receiver that answers 5xx for an hour', () => {
  it('is asked twelve times for each delivery, then no more; what failed can be replayed', async () => {
    const id = await create('/down');
    const recovers = state.now + 3_600_000;
    state.answer = () => ({ status: state.now < recovers ? 503 : 200 });
    await deliver(...Array.from({ length: 3 }, () => anEvent(RegisteredModelCreated)));
    const patient = { ...ports, failureLimit: 100 };
    // Each run is followed by the one that it asked for, at its time.
    for (let runs = 0; state.wakes.length > 0; runs++) {
      expect(runs).toBeLessThan(100);
      state.now += Math.max(...state.wakes.map(({ afterMs }) => afterMs));
      state.wakes.length = 0;
      await drainLane(id, patient, context);
    }

    expect(state.now).toBeLessThan(recovers);
    expect(state.receiver.at('/down')).toHaveLength(3 * 12);
    const failed = await history(id);
    expect(failed.map(({ status, attempt_count }) => [status, attempt_count])).toEqual(
      Array.from({ length: 3 }, () => ['FAILED', 12]),
    );
    state.now = recovers;
    for (const delivery of failed) await replayDelivery(delivery.id, context, ports.wake);
    await drainLane(id, patient, context);
    expect((await history(id)).filter(({ status }) => status === 'DELIVERED')).toHaveLength(3);
    expect((await call('GET', `${WEBHOOKS}/${id}`)).body.webhook).toMatchObject({
      status: 'ACTIVE',
    });
  });

  it('is told of nothing any more once its webhook is disabled, and nothing is left waiting', async () => {
    state.answer = () => ({ status: 500 });
    const id = await create('/broken');
    await deliver(...Array.from({ length: 30 }, () => anEvent(RegisteredModelCreated)));
    for (let runs = 0; state.wakes.length > 0; runs++) {
      expect(runs).toBeLessThan(100);
      state.now += Math.max(...state.wakes.map(({ afterMs }) => afterMs));
      state.wakes.length = 0;
      await drainLane(id, ports, context);
    }

    expect((await call('GET', `${WEBHOOKS}/${id}`)).body.webhook).toMatchObject({
      status: 'DISABLED',
    });
    const left = await history(id);
    expect(left).toHaveLength(30);
    expect(left.every(({ status }) => status === 'FAILED')).toBe(true);
    const disabled = (await announced('registry')).filter(
      ({ type, data }) => type === 'WebhookDisabled' && data.webhook_id === id,
    );
    expect(disabled).toHaveLength(1);
  });
});

describe('the event of a changed webhook', () => {
  it('says what was there before and what is there now, of the receiver no more than its host', async () => {
    const id = await create('/secret-path', { secret: 'old-secret' });
    await call('PATCH', `${WEBHOOKS}/${id}`, {
      url: 'http://user:password@127.0.0.2:1/another-path?token=1',
      events: [{ entity: 'MODEL_VERSION', action: 'CREATED' }],
      secret: 'new-secret',
      status: 'DISABLED',
    });
    const { text: _, ...changed } =
      (await announced('registry')).findLast(({ type }) => type === 'WebhookUpdated') ?? {};
    expect(changed).toMatchObject({
      data: {
        webhook_id: id,
        changed: ['url', 'events', 'status', 'secret'].toSorted(),
        events: ['MODEL_VERSION.CREATED'],
        previous_events: ['REGISTERED_MODEL.CREATED'],
        status: 'DISABLED',
        previous_status: 'ACTIVE',
        receiver: 'http://127.0.0.2:1',
        previous_receiver: state.receiver.url,
      },
    });
    expect(JSON.stringify(changed)).not.toMatch(/-path|password|token|-secret/);
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
