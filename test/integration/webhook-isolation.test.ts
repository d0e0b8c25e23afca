import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestHost } from '../support/host.ts';
import { defineFlooded, waitsBesideFlood } from '../support/webhook-flood.ts';

const host = new TestHost({ flags: ['--allow-private-webhooks'] });
beforeAll(() => host.start(), 60_000);
afterAll(() => host.stop());

it('a receiver waits no longer beside another one that hangs than beside one that answers', async () => {
  await defineFlooded(host);
  const [beforehand, meanwhile] = [
    await waitsBesideFlood(host, { events: 150, hangs: false }),
    await waitsBesideFlood(host, { events: 150, hangs: true }),
  ].map((waits) => waits.toSorted((a, b) => a - b)[waits.length >> 1] ?? 0);
  // One that was held up would wait for as long as the other's requests hang: ten seconds, again and again.
  expect(meanwhile).toBeLessThan(Math.max(3 * (beforehand ?? 0), 3000));
}, 600_000);
