import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loggedById, SteadyLoad } from '../../support/host/acknowledged.ts';
import { HeapReader, type Held } from '../../support/host/heap.ts';
import { TestHost } from '../../support/host.ts';
import { TEST_TIMEOUT_MS } from '../../support/patience.ts';
import { moveChampion, serveTwoVersions } from '../../support/switches.ts';

/** `SOAK_SECONDS=600 npx vitest run --project integration test/integration/serving/soak` */
const SECONDS = Number(process.env.SOAK_SECONDS ?? 20);

/** Looks at the memory, evenly over the time. */
const LOOKS = 10;

/** What may be held more at the end than at the first look, by its share: caches that are still filling. */
const GROWTH = 1.15;

/** Answers after which nothing is compiled or cached for the first time any more. */
const WARM = 2000;

const host = new TestHost({ nodeFlags: ['--inspect=127.0.0.1:0'] });
beforeAll(async () => {
  await host.start();
  await serveTwoVersions(host);
});
afterAll(() => host.stop());

const shown = (held: readonly Held[], what: keyof Held) =>
  held.map((one) => Math.round(one[what])).join(' ');

describe(`${SECONDS} seconds of requests and switches`, () => {
  it.skipIf(process.platform !== 'linux')(
    'cost no request its answer or its row, and no memory that stays',
    async () => {
      const load = new SteadyLoad(host, 8);
      // What is compiled and cached by the first requests is no leak.
      await pause(Math.min(SECONDS, 60) * 500);
      await expect.poll(() => load.answers.length).toBeGreaterThan(WARM);
      // The host begins anew when it starts, and says so again.
      const inspector = [
        ...host.output.matchAll(/Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)/g),
      ];
      const reader = await HeapReader.connect(Number(inspector.at(-1)?.[1]), host.pid);
      const held: Held[] = [];
      for (let look = 0; look < LOOKS; look++) {
        held.push(await reader.read());
        await moveChampion(host, look % 2 === 0 ? '2' : '1');
        await pause((SECONDS * 1000) / LOOKS);
      }
      await load.stop();
      held.push(await reader.read());
      reader.close();
      const text = `heap ${shown(held, 'heap')}; resident ${shown(held, 'resident')} MB`;
      console.log(`${load.answers.length} answers in ${SECONDS} s; ${text}`);
      expect(load.lost).toEqual([]);
      expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
      const rows = await loggedById(host);
      expect(load.answers.filter(({ requestId }) => !rows.has(requestId))).toEqual([]);
      const [first, last] = [held[0], held.at(-1)];
      expect(last?.heap, text).toBeLessThan((first?.heap ?? 0) * GROWTH);
      expect(last?.resident, text).toBeLessThan((first?.resident ?? 0) * GROWTH);
    },
    TEST_TIMEOUT_MS + SECONDS * 3000,
  );
});
