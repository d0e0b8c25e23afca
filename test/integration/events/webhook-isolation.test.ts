import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import { defineFlooded, waitsBesideFlood } from '../../support/webhook-flood.ts';

/** After so long a delivery gives its receiver up. */
const HANG_MS = 10_000;

const host = new TestHost({ flags: ['--allow-private-webhooks'] });
beforeAll(() => host.start());
afterAll(() => host.stop());

it('a receiver waits no longer beside another one that hangs than beside one that answers', async () => {
  await defineFlooded(host);
  const [beforehand, meanwhile] = [
    await waitsBesideFlood(host, { events: 150, hangs: false }),
    await waitsBesideFlood(host, { events: 150, hangs: true }),
  ].map(({ waits }) => waits.toSorted((a, b) => a - b)[waits.length >> 1] ?? 0);
  // One that was held up would wait for as long as the other's requests hang, again and again.
  expect(meanwhile).toBeLessThan(Math.max(3 * (beforehand ?? 0), 0.9 * HANG_MS));
}, 900_000);
