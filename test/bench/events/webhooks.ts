import { defineFlooded, waitsBesideFlood } from '../../support/host/webhook-flood.ts';
import { TestHost } from '../../support/host.ts';
import { type Figure, round, single, spread } from '../figures.ts';
import { usageOfTree } from '../tracking/process-tree.ts';

/** `WEBHOOK_EVENTS=500` for a first look. */
const EVENTS = Number(process.env.WEBHOOK_EVENTS ?? 10_000);
const PER_SECOND = 1000;

/**
 * What one receiver waits for its webhook while another is sent a thousand a second: one that answers
 * at once, then one that hangs. The second must be no worse than the first, but for what two runs
 * differ by; the CPU time is that of one event of the flood. Each on a host of its own: what one flood
 * leaves behind is none of the other's.
 */
export async function benchWebhooks(): Promise<Figure[]> {
  const [first, ...rateOfFirst] = await waitsBeside({ hangs: false });
  const [second, ...rateOfSecond] = await waitsBeside({ hangs: true });
  const peer = { name: 'beside one that answers', value: first.p50 ?? 0 };
  const limits = (['p50', 'p99'] as const).map((of) => ({ of, atMost: 1.5 * (first[of] ?? 0) }));
  return [first, ...rateOfFirst, { ...second, peer, limits }, ...rateOfSecond];
}

async function waitsBeside({ hangs }: { readonly hangs: boolean }): Promise<[Figure, Figure]> {
  const host = new TestHost({ flags: ['--allow-private-webhooks'] });
  await host.start();
  try {
    await defineFlooded(host);
    const before = usageOfTree(host.pid).cpuMs;
    const flood = { events: EVENTS, perSecond: PER_SECOND, hangs };
    const { waits, rate } = await waitsBesideFlood(host, flood);
    const cpuMs = round((usageOfTree(host.pid).cpuMs - before) / EVENTS);
    const flooded = `to one that ${hangs ? 'hangs' : 'answers'}`;
    return [
      spread(`webhook beside a flood ${flooded}`, 'ms', waits, { cpuMs }),
      single(`the flood ${flooded}`, 'events/s', rate, {
        n: EVENTS,
        limits: [{ of: 'value', atLeast: 0.95 * PER_SECOND }],
      }),
    ];
  } finally {
    await host.stop();
  }
}
