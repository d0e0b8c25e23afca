import { join } from 'node:path';
import { ROOT } from '../../../lib/build/paths.ts';
import { AgeLoad, ageAssembly, JUMP_DAYS, sizesOf } from '../../support/host/age.ts';
import { TestHost } from '../../support/host.ts';
import { type Figure, single, spread } from '../figures.ts';

/** Executions are kept for 90 days: what is measured after a hundred has as much as there will ever be. */
const YOUNG_DAYS = 100;
const OLD_DAYS = 200;
const TIMES = 5;

/** A data directory lives through 300 days: requests and bytes early and late. */
export async function benchAge(): Promise<Figure[]> {
  const assembly = ageAssembly();
  const clock = join(ROOT, 'test/support/host/moving-clock.ts');
  const host = new TestHost({ assembly: assembly.write(), nodeFlags: ['--import', clock] });
  await host.start();
  const load = new AgeLoad(host);
  try {
    await load.start();
    await live(load, 10);
    const young = await live(load, YOUNG_DAYS);
    const before = bytesOf(host);
    const old = await live(load, OLD_DAYS);
    return [
      spread(`request, data of ${YOUNG_DAYS} days`, 'ms', young),
      spread(`request, data of ${YOUNG_DAYS + OLD_DAYS} days`, 'ms', old.slice(-young.length), {
        peer: { name: `${YOUNG_DAYS} days`, value: spread('', 'ms', young).p50 ?? Number.NaN },
      }),
      single(`data of ${YOUNG_DAYS + OLD_DAYS} days`, 'MB', bytesOf(host), {
        peer: { name: `${YOUNG_DAYS} days`, value: before },
      }),
    ];
  } finally {
    load.stop();
    await host.stop();
    assembly.remove();
  }
}

async function live(load: AgeLoad, days: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let day = 0; day < days; day += JUMP_DAYS) latencies.push(...(await load.live(TIMES)));
  return latencies;
}

const bytesOf = ({ dataDir }: TestHost) =>
  Object.values(sizesOf(dataDir)).reduce((sum, size) => sum + size, 0) / 1e6;
