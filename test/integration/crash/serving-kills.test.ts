import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FaultyAssembly } from '../../support/faulty-assembly.ts';
import { loggedById, SteadyLoad } from '../../support/host/acknowledged.ts';
import { TestHost } from '../../support/host.ts';
import { PATIENCE_MS, TEST_TIMEOUT_MS } from '../../support/patience.ts';
import { answerOf, moveChampion, serveTwoVersions } from '../../support/switches.ts';

/** `SERVING_KILLS=50 npx vitest run --project integration test/integration/crash/serving-kills` */
const KILLS = Number(process.env.SERVING_KILLS ?? 5);

const assembly = new FaultyAssembly();
/** Of a hundred requests one meets the end of its process before it is scored, one after it was logged. */
assembly.wrap(
  'serving-invoke',
  `
  let requests = 0;
  export const handler = async (event, context) => {
    const dies = event.requestContext ? ++requests % 100 : 0;
    if (dies === 99) process.exit(1);
    const answer = await real(event, context);
    if (dies === 50) process.exit(1);
    return answer;
  };`,
);
const host = new TestHost({ assembly: assembly.write() });
const expected: Record<string, string> = {};
let load: SteadyLoad;

beforeAll(async () => {
  await host.start();
  await serveTwoVersions(host);
  expected['1'] = await answerOf(host, '1');
  load = new SteadyLoad(host, 8);
});
afterAll(async () => {
  await load.stop();
  await host.stop();
  assembly.remove();
});

/** The version of the newest answer to what was asked since. */
const newest = (since: number) =>
  load.answers.findLast(({ asked, status }) => asked > since && status === 200)?.version;

describe(`${KILLS} kills of a host whose functions die as well, under load`, () => {
  it(
    'leave no answer without its row, and no version but the one that the alias names',
    async () => {
      for (let kill = 0; kill < KILLS; kill++) {
        const version = kill % 2 === 0 ? '2' : '1';
        await pause(300 + Math.random() * 500);
        await moveChampion(host, version);
        await pause(Math.random() * 300);
        await host.kill();
        await host.start();
        const started = Date.now();
        await expect.poll(() => newest(started)).toBe(version);
        // The function's process may die of this request as of any other.
        expected[version] ??= await vi.waitFor(() => answerOf(host, version), PATIENCE_MS);
        // Whoever asks from now on hears of no other.
        const settled = Date.now() + 1000;
        await expect.poll(() => newest(settled)).toBe(version);
        await pause(500);
        const others = load.answers.filter(
          ({ asked, status, version: other }) =>
            asked > settled && status === 200 && other !== version,
        );
        expect(others).toEqual([]);
      }
      await expect.poll(() => load.answers.length).toBeGreaterThan(50 * KILLS);
      await load.stop();
      const rows = await loggedById(host);
      const missing = load.answers.filter(({ requestId, status, version }) => {
        const row = rows.get(requestId);
        return row?.status !== status || row.version !== version;
      });
      console.log(
        `${load.answers.length} answers, ${load.lost.length} without one, ${rows.size} rows, ${missing.length} missing`,
      );
      expect(missing).toEqual([]);
      const mixed = load.answers.filter(
        ({ status, version, body }) => status === 200 && body !== expected[version ?? ''],
      );
      expect(mixed).toEqual([]);
      expect(load.lost.length, 'processes that died').toBeGreaterThan(KILLS);
    },
    TEST_TIMEOUT_MS + KILLS * PATIENCE_MS,
  );
});
