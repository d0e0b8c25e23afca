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

  const map = (
    fields: object,
    config: object = { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
  ) => {
    const ItemProcessor = { ProcessorConfig: config, StartAt: 'B', States: { B: pass } };
    return machine({ A: { Type: 'Map', ...fields, ItemProcessor, End: true } });
  };
  const task = (fields: object) =>
    machine({ A: { Type: 'Task', Resource: INVOKE, End: true, ...fields } });
  const retry = (fields: object) => task({ Retry: [{ ErrorEquals: ['E'], ...fields }] });

  /**
   * https://states-language.net/spec.html, and of AWS
   * https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
   * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
   */
  it.each<[string, unknown, RegExp]>([
    ['an unknown ExecutionType', map({}, { Mode: 'DISTRIBUTED', ExecutionType: 'FAST' }), /"FAST"/],
    ['no ExecutionType', map({}, { Mode: 'DISTRIBUTED' }), /ExecutionType must be STANDARD or/],
    ['101 % failures', map({ ToleratedFailurePercentage: 101 }), /number of 0 to 100/],
    ['half a failure', map({ ToleratedFailureCount: 0.5 }), /whole number of 0 or more/],
    ['half an iteration at once', map({ MaxConcurrency: 0.5 }), /whole number of 0 or more/],
    ['batches of nothing', map({ ItemBatcher: { MaxItemsPerBatch: 0 } }), /number of 1 to/],
    ['a task without time', task({ TimeoutSeconds: 0 }), /whole number of 1 to 99999999/],
    ['a task without a heartbeat', task({ HeartbeatSeconds: 0 }), /whole number of 1 to 99999999/],
    ['a machine without time', machine({ A: pass }, { TimeoutSeconds: 0 }), /machine: Timeout/],
    [
      'an expression as the time of a machine',
      machine({ A: pass }, { TimeoutSeconds: '{% 5 %}' }),
      /machine: TimeoutSeconds/,
    ],
    ['half a second', machine({ A: { Type: 'Wait', Seconds: 0.5, End: true } }), /whole number/],
    ['no delay at most', retry({ MaxDelaySeconds: 0 }), /MaxDelaySeconds must be a whole/],
    [
      'a delay that is longest before it grows',
      retry({ IntervalSeconds: 5, MaxDelaySeconds: 5 }),
      /MaxDelaySeconds must be above IntervalSeconds/,
    ],
    ['a retry after no time', retry({ IntervalSeconds: 0 }), /IntervalSeconds must be a whole/],
    ['half a retry', retry({ MaxAttempts: 0.5 }), /MaxAttempts must be a whole/],
    ['delays that shrink', retry({ BackoffRate: 0.9 }), /BackoffRate must be 1 or more/],
  ])('refuses %s', (_what, source, problem) => {
    expect(validateDefinition(source).join('\n')).toMatch(problem);
  });

  it('accepts numbers at the ends of their ranges', () => {
    const sources = [
      map({ ToleratedFailurePercentage: 99.5, MaxConcurrency: 0 }),
      task({ TimeoutSeconds: 2, HeartbeatSeconds: 1 }),
      retry({ IntervalSeconds: 5, MaxDelaySeconds: 6, MaxAttempts: 0, BackoffRate: 1 }),
      retry({ MaxDelaySeconds: 31_622_400 }),
    ];
    for (const source of sources) expect(validateDefinition(source)).toEqual([]);
  });

  it('allows a distributed iteration to assign what is assigned outside', () => {
    const inner = { ...pass, Assign: { x: 2 } };
    const source = machine({
      A: { Type: 'Pass', Assign: { x: 1 }, Next: 'M' },
      M: {
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'B',
          States: { B: inner },
        },
        End: true,
      },
    });
    expect(validateDefinition(source)).toEqual([]);
  });
});
