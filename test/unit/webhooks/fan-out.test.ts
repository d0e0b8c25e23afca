import { describe, expect, it } from 'vitest';
import { RegisteredModelCreated } from '../../../functions/registry/events.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { drainLane } from '../../../functions/webhooks/drain-lane.ts';
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
    const woken = () => state.wakes.map((wake) => wake.id);
    expect(woken()).toEqual([id]);
    await expect(deliver(large)).rejects.toThrow();
    expect(woken()).toEqual([id]);
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
