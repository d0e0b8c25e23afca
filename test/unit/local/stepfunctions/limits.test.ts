import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, INVOKE, startService, type TestService } from './service.ts';

/** Bytes of JSON, quotes included. */
const LIMIT = 262_144;
const text = (bytes: number) => 'x'.repeat(bytes - 2);

let service: TestService;
afterEach(() => service.remove());

async function start(stateMachineArn: string, input: unknown, name?: string) {
  const request = { stateMachineArn, input: JSON.stringify(input), ...(name && { name }) };
  return (await service.client.send(new StartExecutionCommand(request))).executionArn ?? '';
}

const ended = (executionArn: string) =>
  eventually(async () => {
    const found = await service.describe(executionArn);
    return found.status === 'RUNNING' ? undefined : found;
  });

const call = (FunctionName: string) => ({
  Type: 'Task',
  Resource: INVOKE,
  Arguments: { FunctionName, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-task-executions */
describe('a payload of 256 KiB', () => {
  it('is the most that an execution is started with', async () => {
    service = await startService();
    const machine = await service.machine('m', { S: { Type: 'Succeed' } });
    expect((await ended(await start(machine, text(LIMIT)))).status).toBe('SUCCEEDED');
    await expect(start(machine, text(LIMIT + 1))).rejects.toMatchObject({
      name: 'InvalidExecutionInput',
    });
  });

  it('is the most that a task answers, whatever catches it', async () => {
    service = await startService({ functions: { fill: (bytes: number) => text(bytes) } });
    const machine = await service.machine('m', {
      Fill: {
        ...call('fill'),
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        Next: 'Done',
      },
      Done: { Type: 'Succeed' },
      Caught: { Type: 'Succeed' },
    });
    // The answer of lambda:invoke is the payload and a little more.
    expect((await ended(await start(machine, LIMIT - 1000))).status).toBe('SUCCEEDED');
    const failed = await ended(await start(machine, LIMIT + 1));
    expect(failed).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('is the most that iterations answer together', async () => {
    service = await startService({ functions: { fill: (bytes: number) => text(bytes) } });
    const machine = await service.machine('m', {
      Each: {
        Type: 'Map',
        ItemProcessor: { StartAt: 'Fill', States: { Fill: { ...call('fill'), End: true } } },
        End: true,
      },
    });
    expect((await ended(await start(machine, [100_000, 100_000]))).status).toBe('SUCCEEDED');
    const failed = await ended(await start(machine, [100_000, 100_000, 100_000]));
    expect(failed).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('is the most that a token is answered with', async () => {
    let token = '';
    const keep = (given: string) => {
      token = given;
    };
    service = await startService({ functions: { keep } });
    const machine = await service.machine('m', {
      Wait: {
        ...call('keep'),
        Resource: `${INVOKE}.waitForTaskToken`,
        Arguments: { FunctionName: 'keep', Payload: '{% $states.context.Task.Token %}' },
        Output: 'done',
        End: true,
      },
    });
    const execution = await start(machine, {});
    await eventually(async () => token || undefined);
    const answer = (bytes: number) =>
      service.client.send(
        new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(text(bytes)) }),
      );
    await expect(answer(LIMIT + 1)).rejects.toMatchObject({ name: 'InvalidOutput' });
    await answer(LIMIT);
    expect((await ended(execution)).status).toBe('SUCCEEDED');
  });
});

describe('the API of executions', () => {
  it('pages through them, newest first, and by their status', async () => {
    service = await startService();
    const states = {
      Which: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input %}', Next: 'Good' }],
        Default: 'Bad',
      },
      Good: { Type: 'Succeed' },
      Bad: { Type: 'Fail', Error: 'E' },
    };
    const stateMachineArn = await service.machine('m', states);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await ended(await start(stateMachineArn, name !== 'c', name));
    }
    const pages = async (more: object = {}) => {
      const found: (string | undefined)[][] = [];
      let nextToken: string | undefined;
      do {
        const request = { stateMachineArn, maxResults: 2, nextToken, ...more };
        const page = await service.client.send(new ListExecutionsCommand(request));
        found.push((page.executions ?? []).map(({ name }) => name));
        nextToken = page.nextToken;
      } while (nextToken);
      return found;
    };
    expect(await pages()).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
    expect(await pages({ statusFilter: 'SUCCEEDED' })).toEqual([
      ['e', 'd'],
      ['b', 'a'],
    ]);
    expect(await pages({ statusFilter: 'FAILED' })).toEqual([['c']]);
  });

  it('tells a history backwards, and without what is in it', async () => {
    service = await startService();
    const machine = await service.machine('m', { S: { Type: 'Succeed', Output: 'secret' } });
    const executionArn = await start(machine, 'secret');
    await ended(executionArn);
    const history = async (more: object) =>
      (await service.client.send(new GetExecutionHistoryCommand({ executionArn, ...more }))).events;
    const backwards = await history({ reverseOrder: true });
    expect(backwards?.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
    expect(JSON.stringify(backwards)).toContain('secret');
    expect(JSON.stringify(await history({ includeExecutionData: false }))).not.toContain('secret');
  });
});

describe('states:startExecution', () => {
  const inner = { S: { Type: 'Succeed', Output: { n: 7 } } };
  const run = (pattern: string) => ({
    Run: {
      Type: 'Task',
      Resource: `arn:aws:states:::states:startExecution${pattern}`,
      Arguments: {
        StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:inner',
        Input: { a: 1 },
      },
      Output: '{% $states.result %}',
      End: true,
    },
  });

  /** https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html */
  it.each([
    ['.sync:2', { Status: 'SUCCEEDED', Input: { a: 1 }, Output: { n: 7 } }],
    ['.sync', { Status: 'SUCCEEDED', Input: '{"a":1}', Output: '{"n":7}' }],
    ['', { ExecutionArn: expect.stringContaining(':execution:inner:') }],
  ])('%s answers as it is documented', async (pattern, answer) => {
    service = await startService({ machines: { inner } });
    const { status, output } = await ended(
      await start(await service.machine('m', run(pattern)), {}),
    );
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output ?? '')).toMatchObject(answer);
  });

  it('fails with the execution that it waits for', async () => {
    const failing = { F: { Type: 'Fail', Error: 'Inner', Cause: 'why' } };
    service = await startService({ machines: { inner: failing } });
    const found = await ended(await start(await service.machine('m', run('.sync:2')), {}));
    expect(found).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(found.cause ?? '')).toMatchObject({ Status: 'FAILED', Error: 'Inner' });
  });

  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
  it.each([
    ['an input that is no JSON', { Input: 'n=1' }, 'StepFunctions.InvalidExecutionInputException'],
    ['a name with a blank', { Name: 'a b' }, 'StepFunctions.InvalidNameException'],
    ['a name that is a number', { Name: 7 }, 'StepFunctions.InvalidNameException'],
    ['an empty name', { Name: '' }, 'StepFunctions.InvalidNameException'],
  ])('fails the state that gives %s', async (_what, args, error) => {
    service = await startService({ machines: { inner } });
    const { Run } = run('');
    const bad = { ...Run, Arguments: { ...Run.Arguments, ...args } };
    const found = await ended(await start(await service.machine('m', { Run: bad }), {}));
    expect(found).toMatchObject({ status: 'FAILED', error });
  });
});
