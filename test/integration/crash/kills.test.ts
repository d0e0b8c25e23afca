import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIST } from '../../../lib/build/paths.ts';
import { crashAssembly } from '../../support/crash/crash-assembly.ts';
import { finalCounts } from '../../support/crash/crash-count.ts';
import { CrashLoad } from '../../support/crash/crash-load.ts';
import { TestHost } from '../../support/host.ts';
import { PATIENCE_MS, TEST_TIMEOUT_MS } from '../../support/patience.ts';

/** `CRASH_KILLS=100 npx vitest run --project integration test/integration/crash` for the longer run. */
const KILLS = Number(process.env.CRASH_KILLS ?? 30);

const assembly = crashAssembly();
const host = new TestHost({ assembly: assembly.write() });
let load: CrashLoad;

beforeAll(async () => {
  await host.start();
  load = new CrashLoad(host, 15);
  await load.start();
});
afterAll(async () => {
  await load.stop();
  await host.stop();
  assembly.remove();
});

/** Prints how many of each there were, and leaves it in `dist/crash.json`. */
function writeReport(counts: Readonly<Record<string, object>>): void {
  const number = (value: unknown) => (Array.isArray(value) ? value.length : value);
  const rows = Object.entries(counts).map(([kind, count]) => [
    kind,
    Object.fromEntries(Object.entries(count).map(([name, value]) => [name, number(value)])),
  ]);
  const report = Object.fromEntries(rows);
  console.table(report);
  mkdirSync(DIST, { recursive: true });
  writeFileSync(join(DIST, 'crash.json'), JSON.stringify({ kills: KILLS, ...report }, null, 2));
}

describe(`${KILLS} kills under load`, () => {
  it(
    'lose nothing acknowledged, tear nothing and repeat no effect',
    async () => {
      for (let kill = 0; kill < KILLS; kill++) {
        // Some die while their functions start, the others once they have answered.
        if (kill % 2 === 0) await load.progress();
        await pause(100 + Math.random() * 800);
        await host.kill();
        await host.start();
        load.nextLife();
        if (kill % 10 === 9) console.log(`${kill + 1} kills`);
      }
      await pause(500);
      load.stopWriting();
      const { counts, effects, objects, deadLetters } = await finalCounts(host, load);
      writeReport({
        ...counts,
        objects,
        'dead letters': deadLetters,
        'task tokens': { acknowledged: load.acknowledged.answers.size, missing: load.deadTokens },
      });

      for (const [kind, { missing, acknowledged }] of Object.entries(counts)) {
        expect(missing, kind).toEqual([]);
        expect(acknowledged, kind).toBeGreaterThan(KILLS / 2);
      }
      expect(objects).toMatchObject({ missing: [], torn: [] });
      expect(counts['model versions'].repeated, 'events logged twice').toBe(0);
      expect(effects.total, 'effects').toBe(effects.rows);
      expect(counts.executions.repeated, 'states left twice').toBe(0);
      expect(load.deadTokens).toEqual([]);
      expect(deadLetters, 'no function failed').toEqual({});
      const sequence = (await host.events()).map(({ seq }) => seq);
      expect(sequence).toEqual(sequence.map((_, i) => i + 1));
    },
    TEST_TIMEOUT_MS + KILLS * PATIENCE_MS,
  );
});
