import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RegisteredModelCreated } from '../../../functions/registry/events.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { type Delivery, deliveryId } from '../../../functions/webhooks/delivery.ts';
import { insertDeliveries, listDeliveries } from '../../../functions/webhooks/delivery-store.ts';
import { drainLane } from '../../../functions/webhooks/drain-lane.ts';
import { replayDelivery } from '../../../functions/webhooks/replay-delivery.ts';
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
