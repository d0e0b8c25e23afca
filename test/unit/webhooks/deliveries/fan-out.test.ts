import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { RegisteredModelCreated } from '../../../../functions/registry/events.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { dynamo, queryAll } from '../../../../functions/shared/dynamo/index.ts';
import { type Delivery, deliveryId } from '../../../../functions/webhooks/deliveries/delivery.ts';
import { insertDeliveries } from '../../../../functions/webhooks/deliveries/delivery-store.ts';
import { drainLane } from '../../../../functions/webhooks/deliveries/drain-lane.ts';
import { getDelivery } from '../../../../functions/webhooks/deliveries/get-delivery.ts';
import { listDeliveries } from '../../../../functions/webhooks/deliveries/history-store.ts';
import { replayDelivery } from '../../../../functions/webhooks/deliveries/replay-delivery.ts';
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
} from '../api.ts';

useWebhooks();

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
    expect(state.wakes.map(({ id }) => id)).toEqual([asked, asked]);
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

  it('writes no rows of their own for what comes together, until it was tried', async () => {
    const id = await create('/together');
    const events = Array.from({ length: 12 }, () => anEvent(RegisteredModelCreated));
    await deliver(...events);
    expect(await keysOf(id)).toEqual(['PENDING', 'PENDING']);
    expect((await history(id)).every(({ status }) => status === 'PENDING')).toBe(true);
    state.answer = (_path, count) => ({ status: count === 1 ? 503 : 200 });
    await drainLane(id, ports, context);
    // What is tried again has rows of its own.
    const keys = await keysOf(id);
    expect(keys.filter((kind) => kind === 'PENDING')).toHaveLength(1);
    expect(keys.filter((kind) => kind === 'DELIVERY')).toHaveLength(12);
    state.now += 5000;
    await drainLane(id, ports, context);
    expect(state.receiver.at('/together')).toHaveLength(13);
    const made = await history(id);
    expect(made.map(({ status }) => status)).toEqual(Array(12).fill('DELIVERED'));
    expect(made.reduce((sum, { attempt_count }) => sum + attempt_count, 0)).toBe(13);
  });

  it('sends what came together once, however often it comes and whatever dies', async () => {
    const id = await create('/again');
    const events = Array.from({ length: 6 }, () => anEvent(RegisteredModelCreated));
    await deliver(...events);
    await deliver(...events.slice(2), anEvent(RegisteredModelCreated));
    await deliver(...events.slice(0, 1));
    expect(await history(id)).toHaveLength(7);
    let sent = 0;
    const dies: typeof ports.send = (...given) =>
      ++sent > 3 ? Promise.reject(new Error('killed')) : ports.send(...given);
    await expect(drainLane(id, { ...ports, send: dies }, context, 'message')).rejects.toThrow();
    await expect.poll(async () => (await keysOf(id)).includes('DELIVERY')).toBe(true);
    await drainLane(id, ports, context, 'message');
    const made = await history(id);
    expect(made).toHaveLength(7);
    expect(made.map(({ status }) => status)).toEqual(Array(7).fill('DELIVERED'));
    const tried = state.receiver.at('/again').map(({ headers }) => headers['x-mlflow-delivery-id']);
    expect(new Set(tried).size).toBe(7);
    // At most those whose answers the dead run had not written down are sent twice.
    expect(tried.length).toBeLessThanOrEqual(10);
    await deliver(...events);
    await drainLane(id, ports, context, 'later');
    expect(state.receiver.at('/again')).toHaveLength(tried.length);
  });

  it('lists, finds and replays what has no row yet', async () => {
    const id = await create('/listed');
    const events = Array.from({ length: 25 }, () => anEvent(RegisteredModelCreated));
    const ids = events.map(({ metadata }) => `${id}-${metadata.id}`).sort();
    await deliver(...events.slice(0, 5));
    await drainLane(id, ports, context);
    for (const start of [15, 5]) await deliver(...events.slice(start, start + 10));
    const pages = async (options: { limit: number; status?: 'PENDING' | 'DELIVERED' }) => {
      const listed: string[][] = [];
      for (let after: string | undefined; ; ) {
        const page = await listDeliveries(id, { ...options, ...(after && { after }) });
        listed.push(page.deliveries.map((one) => one.id));
        after = page.next;
        if (after === undefined) return listed;
      }
    };
    const newest = [...ids].reverse();
    expect((await pages({ limit: 7 })).flat()).toEqual(newest);
    expect((await pages({ limit: 7 })).every((page) => page.length <= 7)).toBe(true);
    expect((await pages({ limit: 7, status: 'PENDING' })).flat()).toEqual(newest.slice(0, 20));
    expect((await pages({ limit: 2, status: 'DELIVERED' })).flat()).toEqual(newest.slice(20));
    const last = newest[0] ?? '';
    expect(await getDelivery(last)).toMatchObject({ id: last, status: 'PENDING' });
    const again = await replayDelivery(last, context, ports.wake);
    expect(again).toMatchObject({ replay_of: last, event_id: last.slice(id.length + 1) });
    await expect(getDelivery(`${id}-NONE`)).rejects.toThrow(/does not exist/);
  });

  it('writes one webhook’s deliveries beside another’s that takes none', async () => {
    const [other, slow] = [await create('/other'), await create('/slow')];
    const gate = Promise.withResolvers<void>();
    const send = dynamo().send;
    const held = vi.spyOn(dynamo(), 'send').mockImplementation(async (operation, input) => {
      if (JSON.stringify(input).includes(`WEBHOOK#${slow}`)) await gate.promise;
      return send(operation, input);
    });
    const handing = deliver(anEvent(RegisteredModelCreated), anEvent(RegisteredModelCreated));
    await expect.poll(() => state.wakes.map(({ id }) => id)).toEqual([other]);
    gate.resolve();
    await handing;
    expect(state.wakes.map(({ id }) => id)).toEqual([other, slow]);
    held.mockRestore();
  });

  it('sends a body that is longer than a row', async () => {
    const id = await create('/long');
    // As JSON each quote has two bytes.
    const value = '"'.repeat(90_000);
    const tags = ['a', 'b', 'c'].map((key) => ({ key, value }));
    await createRegisteredModel({ name: 'large', tags }, context);
    await deliver(
      anEvent(RegisteredModelCreated),
      anEvent(RegisteredModelCreated, { model: 'large' }),
    );
    await drainLane(id, ports, context);
    const sent = state.receiver.at('/long').map(({ body }) => JSON.parse(body).data);
    expect(sent).toHaveLength(2);
    const large = sent.find(({ name }) => name === 'large');
    expect(large.tags.a === value && large.tags.c === value).toBe(true);
    const made = await history(id);
    expect(made.map(({ status }) => status)).toEqual(['DELIVERED', 'DELIVERED']);
    expect(made.some(({ body }) => body.includes(JSON.stringify(value)))).toBe(true);
  });

  it('records what no row holds as failed, with the reason, and nothing tries or replays it', async () => {
    const id = await create('/huge');
    const body = JSON.stringify(randomBytes(450_000).toString('base64'));
    const huge = { ...aDelivery(id, 'HUGE'), body };
    expect(await insertDeliveries([aDelivery(id, 'SMALL'), huge])).toEqual([]);
    expect(await insertDeliveries([huge])).toEqual([]);
    await drainLane(id, ports, context);
    expect(state.receiver.at('/huge').map(({ body: sent }) => sent.length)).toEqual([2]);
    const found = (await history(id)).find(({ event_id }) => event_id === 'HUGE');
    expect(found).toMatchObject({ status: 'FAILED', attempt_count: 0 });
    expect(found?.attempts[0]?.error).toMatch(new RegExp(`has ${body.length} bytes`));
    await expect(replayDelivery(huge.id, context, ports.wake)).rejects.toThrow(/no body/);
  });

  it('are listed in answers that a client gets', async () => {
    const id = await create('/listed');
    const body = JSON.stringify('x'.repeat(900_000));
    const all = ['A', 'B', 'C', 'D', 'E'].map((event) => ({ ...aDelivery(id, event), body }));
    expect(await insertDeliveries(all)).toEqual([]);
    const listed: string[] = [];
    for (let after: string | undefined, pages = 1; ; pages++) {
      const page = await listDeliveries(id, { limit: 100, ...(after && { after }) });
      expect(JSON.stringify(page).length).toBeLessThan(6_000_000);
      listed.push(...page.deliveries.map(({ event_id }) => event_id));
      after = page.next;
      if (after === undefined) {
        expect(pages).toBeGreaterThan(1);
        break;
      }
    }
    expect(listed).toEqual(['E', 'D', 'C', 'B', 'A']);
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

/** What kinds of rows a webhook has besides its lane's. */
async function keysOf(id: string): Promise<string[]> {
  const kinds: string[] = [];
  for await (const { sk } of queryAll<{ sk: string }>({
    table: process.env.REGISTRY_TABLE ?? '',
    condition: 'pk = :pk',
    values: { ':pk': `WEBHOOK#${id}` },
  })) {
    if (sk !== 'LANE') kinds.push(sk.slice(0, sk.indexOf('#')));
  }
  return kinds;
}

const aDelivery = (webhook_id: string, event_id: string): Delivery => ({
  id: deliveryId(webhook_id, event_id),
  webhook_id,
  event_id,
  event: 'REGISTERED_MODEL.CREATED',
  body: '{}',
  status: 'PENDING',
  attempt_count: 0,
  attempts: [],
  created_at: new Date(state.now).toISOString(),
});
