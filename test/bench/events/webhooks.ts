import { defineFlooded, waitsBesideFlood } from '../../support/host/webhook-flood.ts';
import type { TestHost } from '../../support/host.ts';
import { type Figure, round, spread } from '../figures.ts';
import { usageOfTree } from '../tracking/process-tree.ts';

/** `WEBHOOK_EVENTS=500` for a first look. */
const EVENTS = Number(process.env.WEBHOOK_EVENTS ?? 10_000);
const PER_SECOND = 1000;

/**
 * What one receiver waits for its webhook while another is sent a thousand a second: one that answers
 * at once, then one that hangs. The second figure must be no worse than the first; the CPU time is
 * that of one event of the flood.
 */
export async function benchWebhooks(host: TestHost): Promise<Figure[]> {
  await defineFlooded(host);
  const beside = async (hangs: boolean) => {
    const before = usageOfTree(host.pid).cpuMs;
    const flood = { events: EVENTS, perSecond: PER_SECOND, hangs };
    const { waits, rate } = await waitsBesideFlood(host, flood);
    const cpuMs = round((usageOfTree(host.pid).cpuMs - before) / EVENTS);
    const name = `webhook beside ${Math.round(rate)}/s to one that ${hangs ? 'hangs' : 'answers'}`;
    return spread(name, 'ms', waits, { cpuMs });
  };
  const first = await beside(false);
  const second = await beside(true);
  return [first, { ...second, peer: { name: 'beside one that answers', value: first.p50 ?? 0 } }];
}
