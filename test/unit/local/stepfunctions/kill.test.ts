import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  const calledInChild = join(dataDir, 'calls.log');
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'crash-child.ts'), dataDir, JSON.stringify(states)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const log = await eventually(async () => {
    if (!existsSync(calledInChild)) return undefined;
    const lines = readFileSync(calledInChild, 'utf8').trim().split('\n');
    return lines.length === 3 ? lines : undefined;
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
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
