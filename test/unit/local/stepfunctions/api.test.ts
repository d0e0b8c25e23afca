import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, FunctionError, INVOKE, startService, type TestService } from './service.ts';

let service: TestService;
afterEach(() => service.remove());

/** Waits until an execution is no longer running. */
function ended(executionArn: string) {
  return eventually(async () => {
    const found = await service.client.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  });
}

async function start(stateMachineArn: string, input: unknown, name?: string) {
  const command = new StartExecutionCommand({
    stateMachineArn,
    input: JSON.stringify(input),
    ...(name !== undefined && { name }),
  });
  return (await service.client.send(command)).executionArn!;
}

const forToken = {
  Wait: {
    Type: 'Task',
    Resource: `${INVOKE}.waitForTaskToken`,
    Arguments: { FunctionName: 'keep', Payload: { t: '{% $states.context.Task.Token %}' } },
    End: true,
  },
};

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html */
describe('what an operation does not do', () => {
  it('is refused rather than passed over', async () => {
    service = await startService();
    const stateMachineArn = await service.machine('m', { S: { Type: 'Succeed' } });
    const executionArn = await start(stateMachineArn, {});
    const includedData = 'METADATA_ONLY' as const;
    const calls = [
      service.client.send(new DescribeExecutionCommand({ executionArn, includedData })),
      service.client.send(new DescribeStateMachineCommand({ stateMachineArn, includedData })),
      service.client.send(
        new ListExecutionsCommand({ stateMachineArn, redriveFilter: 'REDRIVEN' }),
      ),
      service.client.send(new ListExecutionsCommand({ mapRunArn: 'arn' })),
    ];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ name: 'ValidationException' });
    }
  });
});

describe('StartExecution', () => {
  it('runs to the end and tells so: description, history, list, events', async () => {
    service = await startService({ functions: { double: ({ n }: { n: number }) => n * 2 } });
    const machine = await service.machine('m', {
      Double: {
        Type: 'Task',
        Resource: INVOKE,
        Arguments: { FunctionName: 'double', Payload: '{% $states.input %}' },
        Output: '{% $states.result.Payload %}',
        Next: 'Done',
      },
      Done: { Type: 'Succeed' },
    });

    const executionArn = await start(machine, { n: 21 }, 'first');

    expect(executionArn).toBe('arn:aws:states:us-east-1:000000000000:execution:m:first');
    const description = await ended(executionArn);
    expect(description).toMatchObject({ status: 'SUCCEEDED', output: '42', input: '{"n":21}' });
    expect(description.startDate).toBeInstanceOf(Date);
    const { events = [] } = await service.client.send(
      new GetExecutionHistoryCommand({ executionArn }),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events.map(({ id, previousEventId }) => [id, previousEventId])).toEqual(
      events.map((_, index) => [index + 1, index]),
    );
    expect(events[2]?.taskScheduledEventDetails).toMatchObject({
      resourceType: 'lambda',
      resource: 'invoke',
      parameters: '{"FunctionName":"double","Payload":{"n":21}}',
    });
    const { executions } = await service.client.send(
      new ListExecutionsCommand({ stateMachineArn: machine, statusFilter: 'SUCCEEDED' }),
    );
    expect(executions).toMatchObject([{ name: 'first', executionArn }]);
    expect(service.events.map(({ status }) => status)).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(service.eventResources).toEqual([executionArn, executionArn]);
  });

  it('takes the name as idempotency key', async () => {
    service = await startService();
    const machine = await service.machine('m', { W: { Type: 'Wait', Seconds: 60, End: true } });
    const first = await start(machine, { a: 1 }, 'same');
    expect(await start(machine, { a: 1 }, 'same')).toBe(first);
    await expect(start(machine, { a: 2 }, 'same')).rejects.toThrow('Execution Already Exists');
    await service.client.send(new StopExecutionCommand({ executionArn: first }));
    await expect(start(machine, { a: 1 }, 'same')).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
    });
  });

  it('refuses a bad name, input that is no JSON and a machine that does not exist', async () => {
    service = await startService();
    const machine = await service.machine('m', { S: { Type: 'Succeed' } });
    const send = (input: object) =>
      service.client.send(new StartExecutionCommand({ stateMachineArn: machine, ...input }));
    await expect(send({ name: 'a b' })).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(send({ input: '{' })).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    await expect(send({ stateMachineArn: 'arn:x' })).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
  });

  it('fails with the type of the error that the function threw', async () => {
    service = await startService({
      functions: {
        bad: () => {
          throw new FunctionError('ModelNotFound');
        },
      },
    });
    const machine = await service.machine('m', {
      T: { Type: 'Task', Resource: INVOKE, Arguments: { FunctionName: 'bad' }, End: true },
    });
    const description = await ended(await start(machine, {}));
    expect(description).toMatchObject({ status: 'FAILED', error: 'ModelNotFound' });
    expect(JSON.parse(description.cause!)).toMatchObject({
      errorMessage: 'ModelNotFound happened',
    });
  });
});

describe('GetExecutionHistory', () => {
  it('pages through everything once', async () => {
    service = await startService();
    const machine = await service.machine('m', {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Pass', End: true },
    });
    const executionArn = await start(machine, {});
    await ended(executionArn);
    const ids: number[] = [];
    let nextToken: string | undefined;
    do {
      const page = await service.client.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 4, nextToken }),
      );
      ids.push(...page.events!.map(({ id }) => id!));
      nextToken = page.nextToken;
    } while (nextToken);
    expect(ids).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('StopExecution', () => {
  it('aborts with error and cause', async () => {
    service = await startService();
    const machine = await service.machine('m', { W: { Type: 'Wait', Seconds: 60, End: true } });
    const executionArn = await start(machine, {});
    await service.client.send(new StopExecutionCommand({ executionArn, error: 'E', cause: 'why' }));
    expect(await ended(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'E',
      cause: 'why',
    });
  });
});

describe('task tokens', () => {
  let token = '';
  const keep = ({ t }: { t: string }) => {
    token = t;
  };

  it('take success once, then are gone', async () => {
    token = '';
    service = await startService({ functions: { keep } });
    const executionArn = await start(await service.machine('m', forToken), {});
    await eventually(async () => token || undefined);
    await service.client.send(new SendTaskHeartbeatCommand({ taskToken: token }));
    const success = new SendTaskSuccessCommand({ taskToken: token, output: '{"ok":true}' });
    await service.client.send(success);
    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":true}' });
    await expect(service.client.send(success)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('take failure with its error name', async () => {
    token = '';
    service = await startService({ functions: { keep } });
    const executionArn = await start(await service.machine('m', forToken), {});
    await eventually(async () => token || undefined);
    await service.client.send(
      new SendTaskFailureCommand({ taskToken: token, error: 'Denied', cause: 'by ana' }),
    );
    expect(await ended(executionArn)).toMatchObject({ error: 'Denied', cause: 'by ana' });
  });

  it('are refused when they are none, or the output is no JSON', async () => {
    service = await startService();
    const send = (taskToken: string, output = '1') =>
      service.client.send(new SendTaskSuccessCommand({ taskToken, output }));
    await expect(send('x')).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(send('a'.repeat(64))).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await expect(send('a'.repeat(64), '{')).rejects.toMatchObject({ name: 'InvalidOutput' });
  });
});

describe('RedriveExecution', () => {
  it('repeats only what failed', async () => {
    const calls: string[] = [];
    let broken = true;
    service = await startService({
      functions: {
        good: () => void calls.push('good'),
        flaky: () => {
          calls.push('flaky');
          if (broken) throw new FunctionError('Broken');
        },
      },
    });
    const task = (name: string) => ({
      Type: 'Task',
      Resource: INVOKE,
      Arguments: { FunctionName: name },
      Output: name,
      End: true,
    });
    const machine = await service.machine('m', {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Good', States: { Good: task('good') } },
          {
            StartAt: 'Pause',
            States: { Pause: { Type: 'Wait', Seconds: 1, Next: 'Flaky' }, Flaky: task('flaky') },
          },
        ],
        End: true,
      },
    });
    const executionArn = await start(machine, {});
    expect(await ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'Broken' });
    broken = false;
    await service.client.send(new RedriveExecutionCommand({ executionArn }));
    const description = await ended(executionArn);
    expect(description).toMatchObject({ output: '["good","flaky"]', redriveCount: 1 });
    expect(calls).toEqual(['good', 'flaky', 'flaky']);
    await expect(
      service.client.send(new RedriveExecutionCommand({ executionArn })),
    ).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  });
});

describe('Express machines', () => {
  it('answer StartSyncExecution and keep no description', async () => {
    service = await startService();
    const states = {
      P: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.ok %}', Next: 'S' }],
        Default: 'F',
      },
      S: { Type: 'Succeed', Output: 'fine' },
      F: { Type: 'Fail', Error: 'Bad' },
    };
    const stateMachineArn = await service.machine('e', states, { StateMachineType: 'EXPRESS' });
    const sync = (ok: boolean) =>
      service.client.send(
        new StartSyncExecutionCommand({ stateMachineArn, input: JSON.stringify({ ok }) }),
      );
    expect(await sync(true)).toMatchObject({ status: 'SUCCEEDED', output: '"fine"' });
    expect(await sync(false)).toMatchObject({ status: 'FAILED', error: 'Bad' });
    const executionArn = await start(stateMachineArn, { ok: true });
    await expect(
      service.client.send(new DescribeExecutionCommand({ executionArn })),
    ).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
  it('that take too long tell StartSyncExecution so, by the name of the error', async () => {
    service = await startService();
    const states = { W: { Type: 'Wait', Seconds: 60, End: true } };
    const Definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'W',
      TimeoutSeconds: 1,
      States: states,
    };
    const more = { StateMachineType: 'EXPRESS', DefinitionString: JSON.stringify(Definition) };
    const stateMachineArn = await service.machine('e', states, more);
    const answer = await service.client.send(new StartSyncExecutionCommand({ stateMachineArn }));
    expect(answer).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
  });

  it('refuse task tokens at creation', async () => {
    service = await startService();
    await expect(service.machine('e', forToken, { StateMachineType: 'EXPRESS' })).rejects.toThrow(
      /"Wait".*STANDARD/,
    );
  });

  it('are told apart from Standard ones', async () => {
    service = await startService();
    const stateMachineArn = await service.machine('m', { S: { Type: 'Succeed' } });
    await expect(
      service.client.send(new StartSyncExecutionCommand({ stateMachineArn })),
    ).rejects.toMatchObject({ name: 'StateMachineTypeNotSupported' });
    const found = await service.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(found).toMatchObject({ type: 'STANDARD', status: 'ACTIVE', name: 'm' });
    const { stateMachines } = await service.client.send(new ListStateMachinesCommand({}));
    expect(stateMachines).toMatchObject([{ stateMachineArn, type: 'STANDARD' }]);
  });
});

describe('startExecution of the host', () => {
  it('starts nothing when a delivery is repeated after the end', async () => {
    service = await startService();
    const machine = await service.machine('m', { S: { Type: 'Succeed' } });
    await service.startExecution(machine, '{}', 'event-1');
    await ended('arn:aws:states:us-east-1:000000000000:execution:m:event-1');
    await service.startExecution(machine, '{}', 'event-1');
    expect(service.events.filter(({ status }) => status === 'RUNNING')).toHaveLength(1);
  });
});
