import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loggedById, SteadyLoad } from '../support/acknowledged.ts';
import { TestHost } from '../support/host.ts';
import { moveChampion, serveTwoVersions } from '../support/switches.ts';

/** `SOAK_SECONDS=600 npx vitest run --project integration test/integration/serving-soak` */
const SECONDS = Number(process.env.SOAK_SECONDS ?? 20);

/** Looks at the memory, evenly over the time. */
const LOOKS = 20;

/** What the second half may use more than the first: SQLite's caches and the logs' buffers fill. */
const GROWTH = 1.15;

const host = new TestHost();
beforeAll(async () => {
  await host.start();
  await serveTwoVersions(host);
});
afterAll(() => host.stop());

/** Memory of the host's process, its function workers among it, in MB: Linux's own count. */
function residentMb(): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

describe(`${SECONDS} seconds of requests and switches`, () => {
  it.skipIf(process.platform !== 'linux')(
    'cost no request its answer or its row, and no memory that stays',
    async () => {
      const load = new SteadyLoad(host, 8);
      // What is compiled and cached by the first requests is no leak.
      await pause(Math.min(SECONDS, 60) * 1000 * 0.5);
      const memory: number[] = [];
      for (let look = 0; look < LOOKS; look++) {
        if (look % 4 === 0) await moveChampion(host, look % 8 === 0 ? '2' : '1');
        await pause((SECONDS * 1000) / LOOKS);
        memory.push(residentMb());
      }
      await load.stop();
      const half = LOOKS / 2;
      const [before, after] = [median(memory.slice(0, half)), median(memory.slice(half))];
      const text = memory.map((mb) => Math.round(mb)).join(' ');
      console.log(`${load.answers.length} answers in ${SECONDS} s; MB: ${text}`);
      expect(load.lost).toEqual([]);
      expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
      const rows = await loggedById(host);
      expect(load.answers.filter(({ requestId }) => !rows.has(requestId))).toEqual([]);
      expect(after, text).toBeLessThan(before * GROWTH);
    },
    60_000 + SECONDS * 3000,
  );
});
