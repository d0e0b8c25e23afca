import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, startService, type TestService } from './service.ts';

const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:m:x';
const DONE = { Done: { Type: 'Succeed' } };

let dataDir: string;
let service: TestService;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'states-'));
});
afterEach(async () => {
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const ended = () =>
  eventually(async () => {
    const executionArn = EXECUTION;
    const found = await service.client.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  });

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
describe('an execution that ended 90 days ago', () => {
  it('is forgotten with its history, and its name is free', async () => {
    service = await startService({ dataDir });
    const stateMachineArn = await service.machine('m', DONE);
    await service.client.send(
      new StartExecutionCommand({ stateMachineArn, name: 'x', input: '{}' }),
    );
    await ended();
    const before = (await counts()) as Record<string, number>;
    const start = new StartExecutionCommand({ stateMachineArn, name: 'x', input: '{"n":2}' });
    await expect(service.client.send(start)).rejects.toThrow(/Already Exists/);
    await service.stop();
    const database = new DatabaseSync(join(dataDir, 'stepfunctions.db'));
    database.exec(`UPDATE executions SET stopped = ${Date.now() - 90 * 24 * 3600 * 1000 - 1}`);
    database.close();

    service = await startService({ dataDir });
    await eventually(async () => ((await counts()).definitions === 0 ? true : undefined));
    expect(before).toMatchObject({ executions: 1, definitions: 1 });
    expect(await counts()).toEqual({
      definitions: 0,
      events: 0,
      executions: 0,
      frames: 0,
      tokens: 0,
    });
    await service.machine('m', DONE);
    await service.client.send(start);
    await ended();
  });

  /** Rows by table. */
  async function counts() {
    const database = new DatabaseSync(join(dataDir, 'stepfunctions.db'), { readOnly: true });
    const tables = ['definitions', 'events', 'executions', 'frames', 'tokens'];
    const rows = tables.map((table) => [
      table,
      Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n),
    ]);
    database.close();
    return Object.fromEntries(rows) as Record<string, number>;
  }
});
