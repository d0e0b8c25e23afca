import type { TestHost } from '../../support/host.ts';
import { defineFlooded, waitsBesideFlood } from '../../support/webhook-flood.ts';
import { type Figure, spread } from '../figures.ts';

const EVENTS = Number(process.env.WEBHOOK_EVENTS ?? 1000);

/**
 * What one receiver waits for its webhook while another is sent as many as the host can make: one that
 * answers at once, then one that hangs. The second figure must be no worse than the first.
 */
export async function benchWebhooks(host: TestHost): Promise<Figure[]> {
  await defineFlooded(host);
  const beside = (hangs: boolean) => waitsBesideFlood(host, { events: EVENTS, hangs });
  const first = spread(`webhook beside ${EVENTS} to one that answers`, 'ms', await beside(false));
  const second = spread(`webhook beside ${EVENTS} to one that hangs`, 'ms', await beside(true));
  return [first, { ...second, peer: { name: 'beside one that answers', value: first.p50 ?? 0 } }];
}
