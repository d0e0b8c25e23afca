import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../support/aws-server.ts';
import { eventually, startService } from './service.ts';

const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:m:x';

/** An execution that was told to stop, on a service whose journal takes no more events. */
async function stoppedOnFullDisk(dataDir: string) {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  const service = await startService({ dataDir });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= service.stop();
    return stopped;
  };
  onTestFinished(stop);
  const stateMachineArn = await service.machine('m', {
    Pause: { Type: 'Wait', Seconds: 100, End: true },
  });
  await service.client.send(new StartExecutionCommand({ stateMachineArn, name: 'x' }));
  const entered = "SELECT count(*) AS n FROM events WHERE type = 'WaitStateEntered'";
  await eventually(async () => (sql(dataDir, entered)?.n === 1 ? true : undefined));
  sql(
    dataDir,
    "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  const answer = service.abort(EXECUTION).catch(String);
  await eventually(async () => (said.mock.calls.length > 0 ? true : undefined));
  return { service, answer, stop };
}

function sql(dataDir: string, statement: string) {
  const database = new DatabaseSync(join(dataDir, 'stepfunctions.db'));
  try {
    return database.prepare(statement).get();
  } finally {
    database.close();
  }
}

it('an execution whose stop cannot be journaled does not hold up a reset', async () => {
  const { service, answer } = await stoppedOnFullDisk(temporaryFolder());
  await service.reset();
  expect(await answer).toMatch(/ended before the execution/);
  await expect(service.describe(EXECUTION)).rejects.toThrow(/does not exist/i);
});

it('nor a stop of the host, after which it runs and can be stopped', async () => {
  const dataDir = temporaryFolder();
  const { stop } = await stoppedOnFullDisk(dataDir);
  await stop();

  sql(dataDir, 'DROP TRIGGER full');
  const restarted = await startService({ dataDir });
  onTestFinished(restarted.stop);
  expect(await restarted.describe(EXECUTION)).toMatchObject({ status: 'RUNNING' });
  await restarted.abort(EXECUTION);
  expect(await restarted.describe(EXECUTION)).toMatchObject({ status: 'ABORTED' });
});
