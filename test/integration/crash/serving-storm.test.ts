import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FaultyAssembly } from '../../support/faulty-assembly.ts';
import { loggedById, SteadyLoad } from '../../support/host/acknowledged.ts';
import { TestHost } from '../../support/host.ts';
import { PATIENCE_MS, TEST_TIMEOUT_MS } from '../../support/patience.ts';
import {
  answerOf,
  moveChampion,
  SWITCHED,
  SWITCHED_ROWS,
  serveTwoVersions,
} from '../../support/switches.ts';

/** `STORM_SWITCHES=100 npx vitest run --project integration test/integration/crash/serving-storm` */
const SWITCHES = Number(process.env.STORM_SWITCHES ?? 2);
const CONNECTIONS = 64;

const assembly = new FaultyAssembly();
/** A request that says so takes its process along, before it is scored or after it was logged. */
assembly.wrap(
  'serving-invoke',
  `
  export const handler = async (event, context) => {
    const dies = event.headers?.['x-die'];
    if (dies === 'before') process.exit(1);
    const answer = await real(event, context);
    if (dies === 'after') process.exit(1);
    return answer;
  };`,
);
const host = new TestHost({ assembly: assembly.write() });
beforeAll(async () => {
  await host.start();
  await serveTwoVersions(host);
});
afterAll(async () => {
  await host.stop();
  assembly.remove();
});

const GOOD = JSON.stringify({ dataframe_records: SWITCHED_ROWS });
const HOSTILE = [
  '',
  '{"dataframe_records": [',
  'x,n\n',
  '[]',
  'null',
  '{"dataframe_records": 7}',
  '{"dataframe_records": [{"x": "much", "n": "much"}]}',
  '{"dataframe_records": [{"y": 1}]}',
  '{"dataframe_split": {"columns": ["x", "x"], "data": [[1]]}}',
  `{"dataframe_records": ${'['.repeat(50_000)}}`,
  `{"nothing": "${'x'.repeat(200_000)}"}`,
];

/** Asks over and over, with the next body or fate each time, until it is told to end. */
class Caller {
  readonly answers: { readonly id: string | null; readonly status: number }[] = [];
  private ended = false;
  private readonly work: Promise<void>;

  constructor(request: (n: number) => { body: string; headers?: Record<string, string> }) {
    this.work = (async () => {
      for (let n = 0; !this.ended; n++) {
        const { body, headers } = request(n);
        const answer = await fetch(`${host.url}/serving-endpoints/${SWITCHED}/invocations`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body,
        });
        await answer.text();
        this.answers.push({ id: answer.headers.get('x-request-id'), status: answer.status });
      }
    })();
  }

  async stop() {
    this.ended = true;
    await this.work;
    return this.answers;
  }
}

describe(`${SWITCHES} switches under ${CONNECTIONS} connections, dying processes and hostile bodies`, () => {
  it(
    'fail no request but those that their own processes died of, and lose and mix no answer',
    async () => {
      const expected: Record<string, string> = { '1': await answerOf(host, '1') };
      const load = new SteadyLoad(host, CONNECTIONS);
      const killer = new Caller((n) => ({
        body: GOOD,
        headers: { 'x-die': n % 2 === 0 ? 'before' : 'after' },
      }));
      const hostile = new Caller((n) => ({ body: HOSTILE[n % HOSTILE.length] ?? '' }));
      for (let i = 0; i < SWITCHES; i++) {
        const [version, seen] = [i % 2 === 0 ? '2' : '1', load.answers.length];
        const [died, refused] = [killer.answers.length, hostile.answers.length];
        await moveChampion(host, version);
        await expect.poll(() => load.answers.at(-1)?.version).toBe(version);
        expected[version] ??= await vi.waitFor(() => answerOf(host, version), PATIENCE_MS);
        // Each switch stands in the middle of everything else.
        await expect.poll(() => load.answers.length).toBeGreaterThan(seen + 4 * CONNECTIONS);
        await expect.poll(() => killer.answers.length).toBeGreaterThan(died + 1);
        await expect.poll(() => hostile.answers.length).toBeGreaterThan(refused + HOSTILE.length);
      }
      await load.stop();
      const [deaths, refusals] = [await killer.stop(), await hostile.stop()];
      const rows = await loggedById(host);
      console.log(
        `${load.answers.length} answers, ${deaths.length} deaths, ${refusals.length} refusals, ${rows.size} rows`,
      );
      expect(load.lost).toEqual([]);
      expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(deaths.filter(({ status }) => status < 500)).toEqual([]);
      expect(refusals.filter(({ status }) => status !== 400)).toEqual([]);
      const mixed = load.answers.filter(({ version, body }) => body !== expected[version ?? '']);
      expect(mixed).toEqual([]);
      const unlogged = load.answers.filter(({ requestId, status, version }) => {
        const row = rows.get(requestId);
        return row?.status !== status || row.version !== version;
      });
      expect(unlogged).toEqual([]);
      expect(refusals.filter(({ id }) => id !== null && rows.get(id)?.status !== 400)).toEqual([]);
    },
    TEST_TIMEOUT_MS + SWITCHES * PATIENCE_MS,
  );
});
