import { describe, expect, it } from 'vitest';
import { validateDefinition } from '../../../../lib/local/stepfunctions/asl/validate.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';

function machine(states: Record<string, object>, extra: object = {}) {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...extra };
}

describe('validateDefinition', () => {
  it('accepts a machine with every state type', () => {
    const pass = { Type: 'Pass', End: true };
    const problems = validateDefinition(
      machine({
        Begin: { Type: 'Pass', Assign: { a: 1 }, Next: 'Pause' },
        Pause: { Type: 'Wait', Seconds: 1, Next: 'Decide' },
        Decide: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $a = 1 %}', Next: 'Work' }],
          Default: 'Give up',
        },
        Work: {
          Type: 'Task',
          Resource: INVOKE,
          Arguments: { FunctionName: 'f' },
          TimeoutSeconds: 60,
          HeartbeatSeconds: 5,
          Retry: [
            { ErrorEquals: ['A'], IntervalSeconds: 1, BackoffRate: 1.5, JitterStrategy: 'FULL' },
            { ErrorEquals: ['States.ALL'], MaxAttempts: 0 },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Give up' }],
          Next: 'Both',
        },
        Both: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'Left', States: { Left: pass } }],
          Next: 'Each',
        },
        Each: {
          Type: 'Map',
          Items: [1],
          ItemProcessor: { StartAt: 'One', States: { One: pass } },
          Next: 'Good',
        },
        Good: { Type: 'Succeed' },
        'Give up': { Type: 'Fail', Error: 'E', Cause: '{% $string($states.input) %}' },
      }),
    );
    expect(problems).toEqual([]);
  });

  const pass = { Type: 'Pass', End: true };
  it.each<[string, unknown, RegExp]>([
    ['text that is no JSON', '{', /not JSON/],
    [
      'JSONPath, naming the state',
      { ...machine({ A: pass }), QueryLanguage: 'JSONPath' },
      /"A".*JSONPath/,
    ],
    ['a missing query language', { StartAt: 'A', States: { A: pass } }, /"A".*JSONPath/],
    [
      'a field of JSONPath',
      machine({ A: { ...pass, ResultPath: '$' } }),
      /"A".*ResultPath under JSONata/,
    ],
    ['an unknown field', machine({ A: { ...pass, Nxet: 'B' } }), /"A".*no field Nxet/],
    ['an unknown machine field', machine({ A: pass }, { Timeout: 1 }), /no field Timeout/],
    ['a Next that does not exist', machine({ A: { Type: 'Pass', Next: 'B' } }), /"A".*Next.*"B"/],
    ['neither Next nor End', machine({ A: { Type: 'Pass' } }), /"A" needs either Next or/],
    ['a StartAt that does not exist', { ...machine({ A: pass }), StartAt: 'B' }, /StartAt.*"B"/],
    ['an unreachable state', machine({ A: pass, B: pass }), /"B" cannot be reached/],
    [
      'an expression that does not compile',
      machine({ A: { ...pass, Output: '{% ( %}' } }),
      /"A": Output is not valid JSONata/,
    ],
    [
      'an expression deep in Arguments',
      machine({
        A: { Type: 'Task', Resource: INVOKE, End: true, Arguments: { x: ['{% 1 + %}'] } },
      }),
      /"A": Arguments\/x\/0/,
    ],
    [
      'an expression without its end',
      machine({ A: { ...pass, Output: '{% 1 }' } }),
      /begins with \{%/,
    ],
    ['$eval', machine({ A: { ...pass, Output: "{% $eval('1') %}" } }), /"A".*\$eval/],
    [
      'a placeholder without a value',
      machine({ A: { ...pass, Output: `\${TableName}` } }),
      /\$\{TableName\}/,
    ],
    [
      'States.ALL before the last retrier',
      machine({
        A: {
          Type: 'Task',
          Resource: INVOKE,
          End: true,
          Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['B'] }],
        },
      }),
      /States.ALL must be alone/,
    ],
    [
      'a heartbeat above the timeout',
      machine({
        A: { Type: 'Task', Resource: INVOKE, End: true, TimeoutSeconds: 5, HeartbeatSeconds: 5 },
      }),
      /HeartbeatSeconds must be below/,
    ],
    [
      'a Wait for nothing',
      machine({ A: { Type: 'Wait', End: true } }),
      /"A" needs either Seconds or Timestamp/,
    ],
    [
      'a state name in two blocks',
      machine({
        A: { Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: pass } }], End: true },
      }),
      /"A" exists twice/,
    ],
    [
      'a branch that assigns an outer variable',
      machine({
        A: { Type: 'Pass', Assign: { x: 1 }, Next: 'P' },
        P: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'B', States: { B: { ...pass, Assign: { x: 2 } } } }],
          End: true,
        },
      }),
      /variable x is already assigned/,
    ],
    [
      'an ItemReader of an inline Map',
      machine({
        M: {
          Type: 'Map',
          ItemReader: {},
          ItemProcessor: { StartAt: 'B', States: { B: pass } },
          End: true,
        },
      }),
      /"M": ItemReader needs .* DISTRIBUTED/,
    ],
    [
      'a ResultWriter',
      machine({
        M: {
          Type: 'Map',
          ResultWriter: {},
          ItemProcessor: { StartAt: 'B', States: { B: pass } },
          End: true,
        },
      }),
      /"M": a Map state has no field ResultWriter/,
    ],
    ...['CSV', 'PARQUET', 'MANIFEST'].map((InputType): [string, unknown, RegExp] => [
      `items of ${InputType}`,
      machine({
        M: {
          Type: 'Map',
          ItemReader: {
            Resource: 'arn:aws:states:::s3:getObject',
            Arguments: { Bucket: 'b', Key: 'k' },
            ReaderConfig: { InputType },
          },
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'B',
            States: { B: pass },
          },
          End: true,
        },
      }),
      /"M".*InputType/,
    ]),
    [
      'the reserved variable',
      machine({ A: { ...pass, Assign: { states: 1 } } }),
      /reserved variable/,
    ],
  ])('refuses %s', (_what, source, problem) => {
    const problems = validateDefinition(source);
    expect(problems.join('\n')).toMatch(problem);
  });

  it('allows a distributed iteration to assign what is assigned outside', () => {
    const inner = { ...pass, Assign: { x: 2 } };
    const source = machine({
      A: { Type: 'Pass', Assign: { x: 1 }, Next: 'M' },
      M: {
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED' },
          StartAt: 'B',
          States: { B: inner },
        },
        End: true,
      },
    });
    expect(validateDefinition(source)).toEqual([]);
  });
});
