import { describe, expect, it } from 'vitest';
import { runDefinition } from '../../../support/state-machines/run-definition.ts';
import { fails, hangs, inTurn, takes } from '../../../support/state-machines/stubs.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';

/** A machine of these states, started at the first. */
function machine(states: Record<string, object>, extra: object = {}) {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...extra };
}

describe('Pass', () => {
  it('passes its input on without Output', async () => {
    const result = await runDefinition(machine({ A: { Type: 'Pass', End: true } }), {
      input: { x: 1 },
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { x: 1 }, path: ['A'] });
  });

  /** https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
  it('makes the Arguments of the AWS documentation: Doctor María', async () => {
    const result = await runDefinition(
      machine({
        Set: { Type: 'Pass', Assign: { customerName: 'María' }, Next: 'Use' },
        Use: {
          Type: 'Pass',
          Output: {
            static: 'Hello',
            title: '{% $states.input.title %}',
            name: '{% $customerName %}',
            'not-evaluated': '$customerName',
          },
          End: true,
        },
      }),
      { input: { title: 'Doctor' } },
    );
    expect(result.output).toEqual({
      static: 'Hello',
      title: 'Doctor',
      name: 'María',
      'not-evaluated': '$customerName',
    });
  });

  it('gives Assign and Output the variables as they were before the state', async () => {
    const result = await runDefinition(
      machine({
        First: { Type: 'Pass', Assign: { n: 1 }, Next: 'Second' },
        Second: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Output: '{% $n %}', End: true },
      }),
    );
    expect(result.output).toBe(1);
    expect(result.variables).toEqual({ n: 2 });
  });

  it('keeps the variables that earlier states have assigned', async () => {
    const { variables } = await runDefinition(
      machine({
        First: { Type: 'Pass', Assign: { a: 1, b: 1 }, Next: 'Second' },
        Second: { Type: 'Pass', Assign: { b: 2 }, End: true },
      }),
    );
    expect(variables).toEqual({ a: 1, b: 2 });
  });

  it('fails with States.QueryEvaluationError when an expression selects nothing', async () => {
    const result = await runDefinition(
      machine({ A: { Type: 'Pass', Output: '{% $states.input.missing %}', End: true } }),
    );
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(result.cause).toContain('$states.input.missing');
  });

  it('fails with States.DataLimitExceeded above 256 KiB of output, quotes included', async () => {
    const output = (length: number) =>
      runDefinition(
        machine({ A: { Type: 'Pass', Output: `{% $pad('', ${length}, 'x') %}`, End: true } }),
      );
    expect((await output(262_142)).status).toBe('SUCCEEDED');
    expect((await output(262_143)).error).toBe('States.DataLimitExceeded');
  });

  it('keeps an array of one element an array in the next state', async () => {
    const result = await runDefinition(
      machine({
        Pick: { Type: 'Pass', Output: { all: '{% [$states.input.xs[v > 1]] %}' }, Next: 'Use' },
        Use: { Type: 'Pass', Output: '{% $states.input.all %}', End: true },
      }),
      { input: { xs: [{ v: 1 }, { v: 2 }] } },
    );
    expect(result.output).toEqual([{ v: 2 }]);
  });
});

describe('Choice', () => {
  const definition = machine({
    Which: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Next: 'Big', Output: { big: true } },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Middle', Assign: { seen: 'middle' } },
      ],
      Default: 'Small',
      Output: 'default',
    },
    Big: { Type: 'Succeed' },
    Middle: { Type: 'Succeed', Output: '{% $seen %}' },
    Small: { Type: 'Succeed' },
  });

  it.each([
    [11, 'Big', { big: true }],
    [6, 'Middle', 'middle'],
    [1, 'Small', 'default'],
  ])('of %s goes to %s', async (n, state, output) => {
    const result = await runDefinition(definition, { input: { n } });
    expect(result).toMatchObject({ status: 'SUCCEEDED', path: ['Which', state], output });
  });

  it('fails with States.NoChoiceMatched without Default', async () => {
    const result = await runDefinition(
      machine({
        Which: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'End' }] },
        End: { Type: 'Succeed' },
      }),
    );
    expect(result.error).toBe('States.NoChoiceMatched');
  });

  it('fails when a condition is no boolean', async () => {
    const result = await runDefinition(
      machine({
        Which: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'End' }] },
        End: { Type: 'Succeed' },
      }),
    );
    expect(result.error).toBe('States.QueryEvaluationError');
  });
});

describe('Wait', () => {
  it('waits for seconds and until a timestamp', async () => {
    const result = await runDefinition(
      machine({
        Seconds: { Type: 'Wait', Seconds: '{% $states.input.s %}', Next: 'Until' },
        Until: { Type: 'Wait', Timestamp: '2026-01-01T01:00:00Z', Next: 'Done' },
        Done: { Type: 'Pass', Output: '{% $now() %}', End: true },
      }),
      { input: { s: 90 }, startTime: '2026-01-01T00:00:00Z' },
    );
    expect(result.elapsedSeconds).toBe(3600);
    expect(result.output).toBe('2026-01-01T01:00:00.000Z');
  });

  it('does not wait for a time that has passed', async () => {
    const result = await runDefinition(
      machine({ Until: { Type: 'Wait', Timestamp: '2001-01-01T00:00:00Z', End: true } }),
    );
    expect(result).toMatchObject({ status: 'SUCCEEDED', elapsedSeconds: 0 });
  });
});

describe('Fail and Succeed', () => {
  it('fails with an error and a cause made by expressions', async () => {
    const result = await runDefinition(
      machine({ F: { Type: 'Fail', Error: 'Refused', Cause: "{% 'by ' & $states.input.who %}" } }),
      { input: { who: 'ana' } },
    );
    expect(result).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'by ana' });
  });

  it('succeeds with its Output', async () => {
    const result = await runDefinition(machine({ S: { Type: 'Succeed', Output: { ok: true } } }));
    expect(result.output).toEqual({ ok: true });
  });
});

describe('Task', () => {
  const task = (extra: object = {}) => ({ Type: 'Task', Resource: INVOKE, End: true, ...extra });

  it('sends Arguments and shapes the result with Output', async () => {
    const result = await runDefinition(
      machine({
        T: task({
          Arguments: { FunctionName: 'f', Payload: { n: '{% $states.input.n * 2 %}' } },
          Output: '{% $states.result.Payload.doubled %}',
        }),
      }),
      {
        input: { n: 4 },
        tasks: {
          T: (args: { Payload: { n: number } }) => ({ Payload: { doubled: args.Payload.n } }),
        },
      },
    );
    expect(result.output).toBe(8);
  });

  /** https://states-language.net/spec.html#retrying-after-error */
  it('follows the retry example of the States Language: A, B, C, B', async () => {
    const result = await runDefinition(
      machine({
        X: task({
          Retry: [
            {
              ErrorEquals: ['ErrorA', 'ErrorB'],
              IntervalSeconds: 1,
              BackoffRate: 2,
              MaxAttempts: 2,
            },
            { ErrorEquals: ['ErrorC'], IntervalSeconds: 5 },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Z' }],
        }),
        Z: { Type: 'Succeed' },
      }),
      {
        tasks: {
          X: inTurn(fails('ErrorA'), fails('ErrorB'), fails('ErrorC'), fails('ErrorB', 'again')),
        },
      },
    );
    expect(result.elapsedSeconds).toBe(1 + 2 + 5);
    expect(result.output).toEqual({ Error: 'ErrorB', Cause: 'again' });
    expect(result.path).toEqual(['X', 'Z']);
  });

  it('limits the delay and jitters it between zero and the delay', async () => {
    const Retry = [
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 3, MaxAttempts: 2, MaxDelaySeconds: 4 },
    ];
    const capped = await runDefinition(machine({ T: task({ Retry }) }), {
      tasks: { T: fails('E') },
    });
    expect(capped.elapsedSeconds).toBe(3 + 4);
    const jittered = await runDefinition(
      machine({ T: task({ Retry: [{ ...Retry[0], JitterStrategy: 'FULL' }] }) }),
      { tasks: { T: fails('E') }, random: () => 0.25 },
    );
    expect(jittered.elapsedSeconds).toBe(0.75 + 1);
  });

  it('catches with Assign and Output made of the error', async () => {
    const result = await runDefinition(
      machine({
        T: task({
          Catch: [
            {
              ErrorEquals: ['NotFound'],
              Next: 'Done',
              Assign: { why: '{% $states.errorOutput.Cause %}' },
              Output: { input: '{% $states.input %}', error: '{% $states.errorOutput.Error %}' },
            },
          ],
        }),
        Done: { Type: 'Succeed' },
      }),
      { input: 7, tasks: { T: fails('NotFound', 'no such model') } },
    );
    expect(result.output).toEqual({ input: 7, error: 'NotFound' });
    expect(result.variables).toEqual({ why: 'no such model' });
  });

  it('times out, and a retry gives it a fresh time limit', async () => {
    const result = await runDefinition(
      machine({
        T: task({
          TimeoutSeconds: 10,
          Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }],
        }),
      }),
      { tasks: { T: inTurn(hangs, takes(9, 'in time')) } },
    );
    expect(result).toMatchObject({ output: 'in time', elapsedSeconds: 10 + 1 + 9 });
  });

  it('does not take a timeout for States.TaskFailed', async () => {
    const result = await runDefinition(
      machine({
        T: task({ TimeoutSeconds: 1, Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'D' }] }),
        D: { Type: 'Succeed' },
      }),
      { tasks: { T: hangs } },
    );
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('waits for its token, which the arguments carry', async () => {
    let token: unknown;
    const result = await runDefinition(
      machine({
        T: task({
          Resource: `${INVOKE}.waitForTaskToken`,
          Arguments: { FunctionName: 'f', Payload: { token: '{% $states.context.Task.Token %}' } },
        }),
      }),
      {
        tasks: {
          T: (args: { Payload: { token: string } }) => {
            token = args.Payload.token;
            return takes(3600, { approved: true });
          },
        },
      },
    );
    expect(token).toMatch(/^[\w-]{64}$/);
    expect(result).toMatchObject({ output: { approved: true }, elapsedSeconds: 3600 });
  });

  it('fails with States.HeartbeatTimeout, which States.Timeout catches', async () => {
    const result = await runDefinition(
      machine({
        T: task({
          Resource: `${INVOKE}.waitForTaskToken`,
          TimeoutSeconds: 100,
          HeartbeatSeconds: 5,
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'D' }],
        }),
        D: { Type: 'Succeed' },
      }),
      { tasks: { T: hangs } },
    );
    expect(result.output).toMatchObject({ Error: 'States.HeartbeatTimeout' });
    expect(result.elapsedSeconds).toBe(5);
  });

  it('counts retries in the context object', async () => {
    const seen: unknown[] = [];
    await runDefinition(
      machine({
        T: task({
          Arguments: { count: '{% $states.context.State.RetryCount %}' },
          Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 2 }],
        }),
      }),
      {
        tasks: {
          T: (args: { count: number }) => {
            seen.push(args.count);
            return fails('E');
          },
        },
      },
    );
    expect(seen).toEqual([0, 1, 2]);
  });
});

describe('the whole machine', () => {
  it('times out after its TimeoutSeconds', async () => {
    const result = await runDefinition(
      machine({ W: { Type: 'Wait', Seconds: 100, End: true } }, { TimeoutSeconds: 30 }),
    );
    expect(result).toMatchObject({ status: 'TIMED_OUT', elapsedSeconds: 30 });
  });

  it('ends a loop without end at 25,000 events', async () => {
    const result = await runDefinition(
      machine({
        A: {
          Type: 'Choice',
          Choices: [{ Condition: true, Next: 'A' }],
        },
      }),
    );
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(result.cause).toContain('25000');
  });
});
