import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AGE,
  AgeLoad,
  ageAssembly,
  JUMP_DAYS,
  longestLog,
  sizesOf,
} from '../../support/host/age.ts';
import { TestHost } from '../../support/host.ts';

/** How often everything happens between two jumps of the clock. */
const TIMES = 3;

const assembly = ageAssembly();
const host = new TestHost({
  assembly: assembly.write(),
  nodeFlags: ['--import', join(import.meta.dirname, '../../support/host/moving-clock.ts')],
});
let load: AgeLoad;

beforeAll(async () => {
  await host.start();
  load = new AgeLoad(host);
  await load.start();
});
afterAll(async () => {
  load.stop();
  await host.stop();
  assembly.remove();
});

async function live(days: number): Promise<void> {
  for (let day = 0; day < days; day += JUMP_DAYS) await load.live(TIMES);
}

/** Rows of a table of one of the host's databases. */
function count(database: string, query: string): number {
  const opened = new DatabaseSync(join(host.dataDir, database), { readOnly: true });
  const row = opened.prepare(`SELECT count(*) AS n FROM ${query}`).get();
  opened.close();
  return Number(row?.n);
}

describe('a data directory of five months', () => {
  it('holds what AWS would still hold, and is no larger than it was after a hundred days', async () => {
    await live(100);
    const before = sizesOf(host.dataDir);
    await live(60);
    expect(longestLog(host.dataDir)).toBeLessThan(20e6);
    const after = sizesOf(host.dataDir);

    // Ninety days of executions, four of messages, seven of uploads; nothing of what was delivered.
    const left = () => ({
      executions: count('stepfunctions.db', `executions WHERE machine LIKE '%:${AGE}'`),
      messages: count('sqs.db', `messages WHERE queue = '${AGE}-unread'`),
      uploads: count('s3/index.db', 'uploads'),
      parts: count('s3/index.db', 'parts'),
      unnamed: count('s3/index.db', 'unnamed'),
      objects: count('s3/index.db', 'objects'),
      deliveries: count('eventbridge.db', 'deliveries'),
      schedules: count('scheduler.db', `schedules WHERE name LIKE 'default/${AGE}-%'`),
      runs: count('scheduler.db', 'deliveries'),
      events: count('lambda.db', 'events'),
      items: count('dynamodb.db', `"${AGE}"`),
    });
    await expect.poll(left).toEqual({
      executions: expect.closeTo((90 / JUMP_DAYS) * TIMES, -1),
      messages: TIMES,
      uploads: 2,
      parts: 2,
      unnamed: 0,
      objects: TIMES,
      deliveries: 0,
      schedules: 0,
      runs: 0,
      events: 0,
      items: 0,
    });
    for (const [part, size] of Object.entries(after)) {
      expect(size, part).toBeLessThan(1.2 * (before[part] ?? 0) + 100_000);
    }
  });
});
