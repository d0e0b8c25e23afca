import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/aws-server.ts';
import { eventually, INVOKE, startService } from './service.ts';

const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:m:crash';

const call = (Arguments: object) => ({
  Type: 'Task',
  Resource: INVOKE,
  Arguments,
  Output: '{% $states.result.Payload %}',
});

/** What a program has called that was killed after so many calls. */
async function killedAfter(calls: number, dataDir: string, states: object, type = 'STANDARD') {
  const calledInChild = join(dataDir, 'calls.log');
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'crash-child.ts'), dataDir, JSON.stringify(states), type],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const log = await eventually(async () => {
    if (!existsSync(calledInChild)) return undefined;
    const lines = readFileSync(calledInChild, 'utf8').trim().split('\n');
    return lines.length === calls ? lines : undefined;
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  return log;
}

it('kill -9 loses no execution: branches, waits and tokens go on', async () => {
  const dataDir = temporaryFolder();
  const states = {
    Before: {
      ...call({ FunctionName: 'note', Payload: { what: 'before' } }),
      Next: 'Both',
    },
    Both: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Token',
          States: {
            Token: {
              Type: 'Task',
              Resource: `${INVOKE}.waitForTaskToken`,
              Arguments: {
                FunctionName: 'note',
                Payload: { what: 'token', token: '{% $states.context.Task.Token %}' },
              },
              End: true,
            },
          },
        },
        {
          StartAt: 'Stuck',
          States: {
            Stuck: {
              ...call({ FunctionName: 'stuck', Payload: { what: 'stuck' } }),
              End: true,
            },
          },
        },
      ],
      End: true,
    },
  };
  const log = await killedAfter(3, dataDir, states);
  const token = log.find((line) => line.startsWith('token'))!.split(' ')[1]!;

  const calls: string[] = [];
  const service = await startService({
    dataDir,
    functions: {
      note: ({ what }: { what: string }) => void calls.push(what),
      stuck: ({ what }: { what: string }) => {
        calls.push(what);
        return 'free';
      },
    },
  });
  onTestFinished(service.stop);
  await service.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '"given"' }));

  const description = await eventually(async () => {
    const found = await service.describe(EXECUTION);
    return found.status === 'RUNNING' ? undefined : found;
  });
  expect(description).toMatchObject({ status: 'SUCCEEDED', output: '["given","free"]' });
  expect(calls).not.toContain('before');
  expect(calls).toContain('stuck');
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/express-at-least-once-execution.html */
it('kill -9 loses no Express execution that nobody waits for: it starts over, once', async () => {
  const dataDir = temporaryFolder();
  const states = {
    Note: { ...call({ FunctionName: 'note', Payload: { what: 'note' } }), Next: 'Stuck' },
    Stuck: { ...call({ FunctionName: 'stuck', Payload: { what: 'stuck' } }), End: true },
  };
  await killedAfter(2, dataDir, states, 'EXPRESS');

  const calls: string[] = [];
  const take = ({ what }: { what: string }) => void calls.push(what);
  const options = { dataDir, machines: { m: states }, machineType: 'EXPRESS' };
  const functions = { note: take, stuck: take };
  const first = await startService({ ...options, functions });
  const journal = new DatabaseSync(join(dataDir, 'stepfunctions.db'), { readOnly: true });
  const left = journal.prepare('SELECT arn FROM express');
  await eventually(async () => (left.all().length === 0 ? true : undefined));
  journal.close();
  await first.stop();
  await (await startService({ ...options, functions })).stop();
  expect(calls).toEqual(['note', 'stuck']);
});
