import { parseArgs } from 'node:util';
import { registerThroughKills } from '../support/host/registrations.ts';
import { TestHost } from '../support/host.ts';
import { type Figure, single } from './figures.ts';

/** `npm run bench -- registrations [--count 10000] [--kills 20]`, on a host of its own. */
export async function benchRegistrations(args: readonly string[]): Promise<Figure[]> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: 'string', default: '10000' },
      kills: { type: 'string', default: '20' },
    },
  });
  const [count, kills] = [Number(values.count), Number(values.kills)];
  const host = new TestHost();
  await host.start();
  try {
    const outcome = await registerThroughKills(host, { count, kills });
    const { registered, wrong, loggedTwice, repeated, cpuMs, seconds } = outcome;
    if (wrong.length > 0) console.error(wrong.slice(0, 20).join('\n'));
    const none = [{ of: 'value', atMost: 0 } as const];
    return [
      single('without exactly one verdict and one decision', 'versions', wrong.length, {
        n: registered,
        limits: none,
      }),
      single('in the audit log twice', 'events', loggedTwice, { n: repeated, limits: none }),
      single(`registered → decided, ${kills} kills`, 'versions/s', registered / seconds, {
        n: registered,
        cpuMs: Math.round(cpuMs * 10) / 10,
      }),
    ];
  } finally {
    await host.stop();
  }
}
