import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createWebhook,
  defineFlooded,
  moveAlias,
  putEvents,
} from '../../support/host/webhook-flood.ts';
import { TestHost } from '../../support/host.ts';
import { startReceiver } from '../../support/receiver.ts';

/** Fewer than the failed attempts in a row after which a webhook is disabled. */
const FLOOD = 100;
const OTHERS = 10;

const host = new TestHost({ flags: ['--allow-private-webhooks'] });
let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  receiver = await startReceiver((path) => (path === '/hang' ? 'hang' : { status: 200 }));
  await host.start();
});
afterAll(async () => {
  await host.stop();
  receiver.stop();
});

it('a receiver that hangs holds up nobody, however much waits for it', async () => {
  await defineFlooded(host);
  const hanging = await createWebhook(host, `${receiver.url}/hang`, 'MODEL_VERSION_TAG', 'SET');
  await createWebhook(host, `${receiver.url}/other`, 'MODEL_VERSION_ALIAS', 'CREATED');
  await putEvents(host, { events: FLOOD, perSecond: 1000 });
  const waiting = async () => {
    const path = `/api/slipway/v1/webhooks/${hanging}/deliveries?limit=${FLOOD}`;
    return (await host.call<{ deliveries: object[] }>('GET', path)).body.deliveries.length;
  };
  await expect.poll(waiting).toBe(FLOOD);

  for (let i = 0; i < OTHERS; i++) await moveAlias(host, 'beside', i);
  await expect.poll(() => receiver.at('/other').length).toBe(OTHERS);

  // Who comes after the others in one line is told when each of them was tried.
  expect(receiver.at('/hang').length).toBeLessThan(FLOOD);
});
