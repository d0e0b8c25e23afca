import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventually, FunctionError, INVOKE, startService, type TestService } from './service.ts';

const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:m:x';

let dataDir: string;
let service: TestService | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'states-'));
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

type Options = Parameters<typeof startService>[0];

/** Stops the service and starts it on the same data, with a template that has no machine. */
async function restart(options: Options = {}): Promise<TestService> {
  await service?.stop();
  service = await startService({ dataDir, ...options });
  return service;
}

/** As `restart`, so many seconds later: the clock stands still from then on. */
async function restartAfter(seconds: number, options: Options = {}): Promise<void> {
  await service?.stop();
  service = undefined;
  vi.setSystemTime(Date.now() + seconds * 1000);
  onTestFinished(() => void vi.useRealTimers());
  await restart(options);
}

async function begin(states: Record<string, object>, options: Options = {}, input: unknown = {}) {
  service = await startService({ dataDir, ...options });
  const stateMachineArn = await service.machine('m', states);
  await service.client.send(
    new StartExecutionCommand({ stateMachineArn, name: 'x', input: JSON.stringify(input) }),
  );
}

function ended(executionArn = EXECUTION) {
  return eventually(async () => {
    const found = await service!.client.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  });
}

async function historyTypes() {
  const { events = [] } = await service!.client.send(
    new GetExecutionHistoryCommand({ executionArn: EXECUTION, maxResults: 1000 }),
  );
  return events.map(({ type, stateEnteredEventDetails }) =>
    stateEnteredEventDetails ? `${type} ${stateEnteredEventDetails.name}` : type,
  );
}

const call = (name: string, extra: object = {}) => ({
  Type: 'Task',
  Resource: INVOKE,
  Arguments: { FunctionName: name, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...extra,
});

const hang = () => new Promise(() => undefined);

describe('a restart', () => {
  it('goes on at the state that was entered, with its variables, and repeats nothing before', async () => {
    const calls: string[] = [];
    const first = () => {
      calls.push('first');
      return 'one';
    };
    await begin(
      {
        First: call('first', { Assign: { kept: '{% $states.result.Payload %}' }, Next: 'Second' }),
        Second: call('second', {
          Output: ['{% $kept %}', '{% $states.result.Payload %}'],
          End: true,
        }),
      },
      {
        functions: {
          first,
          second: () => {
            calls.push('second');
            return hang();
          },
        },
      },
    );
    await eventually(async () => (calls.length === 2 ? true : undefined));

    await restart({ functions: { first, second: (input: unknown) => `${input} and two` } });

    expect(await ended()).toMatchObject({ output: '["one","one and two"]' });
    expect(calls).toEqual(['first', 'second']);
    expect(await historyTypes()).toEqual([
      'ExecutionStarted',
      'TaskStateEntered First',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'TaskStateEntered Second',
      'TaskScheduled',
      'TaskStarted',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('keeps the absolute end of a wait', async () => {
    await begin({ W: { Type: 'Wait', Seconds: 3600, End: true } });
    await eventually(async () =>
      (await historyTypes()).includes('WaitStateEntered W') ? true : undefined,
    );
    await restartAfter(1800);
    expect(await historyTypes()).not.toContain('WaitStateExited');
    // An hour after it began, not after the last start.
    await restartAfter(1800);
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('keeps the attempts of a retrier and the time of the next one', async () => {
    const failing = () => {
      throw new FunctionError('Flaky');
    };
    await begin(
      {
        T: call('f', {
          Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 3600, MaxAttempts: 1 }],
          End: true,
        }),
      },
      { functions: { f: failing } },
    );
    await eventually(async () =>
      (await historyTypes()).includes('TaskFailed') ? true : undefined,
    );
    let calls = 0;
    const functions = {
      f: () => {
        calls += 1;
        return failing();
      },
    };
    await restartAfter(1800, { functions });
    expect(calls).toBe(0);
    await restartAfter(1800, { functions });
    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'Flaky' });
    expect(calls).toBe(1);
  });

  /** Begins a task that waits; answers the tokens that it gives out, the first of them being there. */
  async function aWaitingTask(limits: object = {}) {
    const tokens: string[] = [];
    const functions = { keep: (token: string) => void tokens.push(token) };
    const waiting = {
      Type: 'Task',
      Resource: `${INVOKE}.waitForTaskToken`,
      Arguments: { FunctionName: 'keep', Payload: '{% $states.context.Task.Token %}' },
      ...limits,
      End: true,
    };
    await begin({ T: waiting }, { functions });
    await eventually(async () =>
      (await historyTypes()).includes('TaskSubmitted') ? 1 : undefined,
    );
    return { tokens, functions };
  }

  it('leaves tokens valid and does not hand out a second one', async () => {
    const { tokens, functions } = await aWaitingTask();
    const { client } = await restart({ functions });
    await client.send(new SendTaskSuccessCommand({ taskToken: tokens[0]!, output: '"yes"' }));
    expect(await ended()).toMatchObject({ output: '"yes"' });
    expect(tokens).toHaveLength(1);
  });

  it('keeps the time limit of a token that somebody has', async () => {
    await aWaitingTask({ TimeoutSeconds: 3600 });
    await restartAfter(1800);
    expect(await historyTypes()).not.toContain('TaskTimedOut');
    await restartAfter(1800);
    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('counts the silence of a token from its last heartbeat', async () => {
    const limits = { TimeoutSeconds: 36_000, HeartbeatSeconds: 3600 };
    const { tokens } = await aWaitingTask(limits);
    const beat = new SendTaskHeartbeatCommand({ taskToken: tokens[0]! });
    await restartAfter(2400);
    await service?.client.send(beat);
    await restartAfter(2400);
    // Within an hour of the heartbeat, not of the beginning.
    await service?.client.send(beat);
    await restartAfter(3600);
    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
  });

  it('goes on in every branch and iteration on its own', async () => {
    const calls: string[] = [];
    const functions = (finish: boolean) => ({
      step: (input: { id: string; last?: boolean }) => {
        calls.push(input.id);
        return finish || !input.last ? input.id : hang();
      },
    });
    const step = (id: string, extra: object = {}, last = false) => ({
      ...call('step'),
      Arguments: { FunctionName: 'step', Payload: { id, last } },
      ...extra,
    });
    await begin(
      {
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'A', States: { A: step('a', { End: true }) } },
            {
              StartAt: 'B',
              States: { B: step('b', { Next: 'C' }), C: step('c', { End: true }, true) },
            },
            {
              StartAt: 'Each',
              States: {
                Each: {
                  Type: 'Map',
                  Items: ['i', 'j'],
                  MaxConcurrency: 1,
                  ItemProcessor: {
                    StartAt: 'One',
                    States: {
                      One: {
                        ...call('step', { End: true }),
                        Arguments: {
                          FunctionName: 'step',
                          Payload: { id: '{% $states.input %}', last: "{% $states.input = 'j' %}" },
                        },
                      },
                    },
                  },
                  End: true,
                },
              },
            },
          ],
          End: true,
        },
      },
      { functions: functions(false) },
    );
    await eventually(async () => (calls.length === 5 ? true : undefined));

    calls.length = 0;
    await restart({ functions: functions(true) });

    expect(await ended()).toMatchObject({ output: '["a","c",["i","j"]]' });
    expect(calls.sort()).toEqual(['c', 'j']);
  });

  it('puts together what more than ten iterations answered in the order of the items', async () => {
    const items = Array.from({ length: 12 }, (_, index) => index);
    const map = {
      Type: 'Map',
      Items: items,
      ItemProcessor: { StartAt: 'One', States: { One: call('step', { End: true }) } },
      End: true,
    };
    const calls = new Set<number>();
    const step = (item: number) => {
      calls.add(item);
      return item % 2 === 0 ? item : hang();
    };
    await begin({ Each: map }, { functions: { step } });
    await eventually(async () => (calls.size === items.length ? true : undefined));

    await restart({ functions: { step: (item: number) => item } });

    expect(await ended()).toMatchObject({ output: JSON.stringify(items) });
  });

  it('does not start a nested execution a second time', async () => {
    const inner = {
      W: { Type: 'Wait', Seconds: 1, Next: 'S' },
      S: { Type: 'Succeed', Output: 7 },
    };
    await begin(
      {
        Run: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.sync:2',
          Arguments: {
            StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:inner',
            Input: {},
          },
          Output: '{% $states.result.Output %}',
          End: true,
        },
      },
      { machines: { inner } },
    );
    const restarted = await restart({ machines: { inner } });
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED', output: '7' });
    expect(restarted.events.filter(({ status }) => status === 'RUNNING')).toEqual([]);
  });

  it('announces an end that the last process could not announce', async () => {
    const silence = () => {
      throw new Error('the bus is not there');
    };
    vi.spyOn(console, 'error').mockReturnValue();
    await begin({ S: { Type: 'Succeed' } }, { emit: silence });
    await ended();
    expect((await restart()).events).toEqual([{ name: 'x', status: 'SUCCEEDED' }]);
    expect((await restart()).events).toEqual([]);
  });
});
