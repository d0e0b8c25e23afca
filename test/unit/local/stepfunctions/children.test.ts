import { describe, expect, it } from 'vitest';
import { runDefinition } from '../../../support/state-machines/run-definition.ts';
import { fails, takes } from '../../../support/state-machines/stubs.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';
const READ = 'arn:aws:states:::s3:getObject';

function machine(states: Record<string, object>) {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states };
}

const task = { Type: 'Task', Resource: INVOKE, End: true };

/** One Task as the processor of a Map. */
function processor(mode?: string) {
  return {
    ...(mode && { ProcessorConfig: { Mode: mode, ExecutionType: 'STANDARD' } }),
    StartAt: 'One',
    States: { One: task },
  };
}

describe('Parallel', () => {
  const funWithMath = machine({
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Add', States: { Add: task } },
        { StartAt: 'Subtract', States: { Subtract: task } },
      ],
      Catch: [{ ErrorEquals: ['Broken'], Next: 'Caught' }],
      End: true,
    },
    Caught: { Type: 'Succeed' },
  });

  it('answers the outputs in the order of the branches: 3 and 2 make 5 and 1', async () => {
    const result = await runDefinition(funWithMath, {
      input: [3, 2],
      tasks: {
        Add: ([a, b]: [number, number]) => takes(10, a + b),
        Subtract: ([a, b]: [number, number]) => a - b,
      },
    });
    expect(result).toMatchObject({ output: [5, 1], elapsedSeconds: 10 });
  });

  it('fails with the first failure and does not wait for the other branches', async () => {
    const result = await runDefinition(funWithMath, {
      input: [3, 2],
      tasks: { Add: takes(1000), Subtract: fails('Broken', 'minus') },
    });
    expect(result).toMatchObject({
      path: ['Both', 'Add', 'Subtract', 'Caught'],
      output: { Error: 'Broken', Cause: 'minus' },
      elapsedSeconds: 0,
    });
  });

  it('is caught as States.BranchFailed, whatever its branch failed with', async () => {
    const { Both, Caught } = funWithMath.States as Record<string, object>;
    const caught = { ErrorEquals: ['States.BranchFailed'], Next: 'Caught' };
    const result = await runDefinition(
      machine({ Both: { ...Both, Catch: [caught] }, Caught: Caught ?? {} }),
      { input: [3, 2], tasks: { Add: 5, Subtract: fails('Broken', 'minus') } },
    );
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'Broken' } });
  });

  it('shows branches the variables around them and keeps theirs inside', async () => {
    const result = await runDefinition(
      machine({
        Set: { Type: 'Pass', Assign: { outer: 1 }, Next: 'Both' },
        Both: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'P',
              States: {
                P: { Type: 'Pass', Assign: { inner: 2 }, Output: '{% $outer %}', End: true },
              },
            },
          ],
          End: true,
        },
      }),
    );
    expect(result).toMatchObject({ output: [1], variables: { outer: 1 } });
    expect(result.variables).not.toHaveProperty('inner');
  });
});

describe('Map', () => {
  it('runs the processor for every item, with ItemSelector and the context', async () => {
    const result = await runDefinition(
      machine({
        Each: {
          Type: 'Map',
          Items: '{% $states.input.shipped %}',
          ItemSelector: {
            parcel: '{% $states.context.Map.Item.Value.prod %}',
            index: '{% $states.context.Map.Item.Index %}',
            courier: '{% $states.input.partner %}',
          },
          ItemProcessor: processor(),
          End: true,
        },
      }),
      {
        input: { partner: 'UQS', shipped: [{ prod: 'R31' }, { prod: 'S39' }] },
        tasks: { One: (args: object) => args as never },
      },
    );
    expect(result.output).toEqual([
      { parcel: 'R31', index: 0, courier: 'UQS' },
      { parcel: 'S39', index: 1, courier: 'UQS' },
    ]);
  });

  it('runs no more iterations at once than MaxConcurrency', async () => {
    const run = (MaxConcurrency: number) =>
      runDefinition(
        machine({ Each: { Type: 'Map', MaxConcurrency, ItemProcessor: processor(), End: true } }),
        { input: [1, 2, 3, 4, 5, 6], tasks: { One: takes(10, 'done') } },
      );
    expect((await run(2)).elapsedSeconds).toBe(30);
    expect((await run(0)).elapsedSeconds).toBe(10);
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html: a positive whole number, or 0
  it.each([0.5, -1, '2'])('fails with a MaxConcurrency of %j', async (limit) => {
    const MaxConcurrency = `{% $states.input.limit %}`;
    const each = { Type: 'Map', Items: [1], MaxConcurrency, ItemProcessor: processor(), End: true };
    const result = await runDefinition(machine({ Each: each }), {
      input: { limit },
      tasks: { One: () => 'done' },
    });
    expect(result.error).toBe('States.QueryEvaluationError');
    expect(result.cause).toContain('MaxConcurrency');
  });

  it('answers an empty array for no items', async () => {
    const result = await runDefinition(
      machine({ Each: { Type: 'Map', Items: [], ItemProcessor: processor(), End: true } }),
    );
    expect(result.output).toEqual([]);
  });

  it('starts all over when it is retried', async () => {
    let calls = 0;
    const result = await runDefinition(
      machine({
        Each: {
          Type: 'Map',
          ItemProcessor: processor(),
          Retry: [{ ErrorEquals: ['Flaky'], MaxAttempts: 1 }],
          End: true,
        },
      }),
      {
        input: ['a', 'b'],
        tasks: {
          One: (item: string) => {
            calls += 1;
            return calls === 2 ? fails('Flaky') : item;
          },
        },
      },
    );
    expect(result.output).toEqual(['a', 'b']);
    expect(calls).toBe(4);
  });

  it('reads JSON lines from S3, batches them and tolerates failures', async () => {
    const rows = [1, 2, 3, 4, 5].map((n) => JSON.stringify({ n })).join('\n');
    const definition = (ToleratedFailureCount: number) =>
      machine({
        Each: {
          Type: 'Map',
          ItemReader: {
            Resource: READ,
            Arguments: { Bucket: 'b', Key: '{% $states.input.key %}' },
            ReaderConfig: { InputType: 'JSONL' },
          },
          ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { day: '{% $states.input.day %}' } },
          ToleratedFailureCount,
          ItemProcessor: processor('DISTRIBUTED'),
          End: true,
        },
      });
    const options = {
      input: { key: 'rows.jsonl', day: 'Monday' },
      tasks: {
        Each: { Body: rows },
        One: (batch: { Items: { n: number }[]; BatchInput: object }) =>
          batch.Items.some(({ n }) => n === 3) ? fails('Bad', 'three') : (batch as never),
      },
    };
    const tolerant = await runDefinition(definition(1), options);
    expect(tolerant.output).toEqual([
      { Items: [{ n: 1 }, { n: 2 }], BatchInput: { day: 'Monday' } },
      { Error: 'Bad', Cause: 'three' },
      { Items: [{ n: 5 }], BatchInput: { day: 'Monday' } },
    ]);
    const strict = await runDefinition(definition(0), options);
    expect(strict.error).toBe('States.ExceedToleratedFailureThreshold');
  });

  it('reads an array of JSON from S3, as many items as it may', async () => {
    const result = await runDefinition(
      machine({
        Each: {
          Type: 'Map',
          ItemReader: {
            Resource: READ,
            Arguments: { Bucket: 'b', Key: 'k' },
            ReaderConfig: { InputType: 'JSON', MaxItems: 2 },
          },
          ItemProcessor: processor('DISTRIBUTED'),
          End: true,
        },
      }),
      { tasks: { Each: { Body: '[{"n":1},{"n":2},{"n":3}]' }, One: ({ n }: { n: number }) => n } },
    );
    expect(result.output).toEqual([1, 2]);
  });

  it('tolerates no more than the share that it may, whatever the count', async () => {
    const run = (broken: number) =>
      runDefinition(
        machine({
          Each: {
            Type: 'Map',
            Items: [1, 2, 3, 4],
            ToleratedFailureCount: 4,
            ToleratedFailurePercentage: 25,
            ItemProcessor: processor('DISTRIBUTED'),
            End: true,
          },
        }),
        { tasks: { One: (n: number) => (n <= broken ? fails('Bad', 'broken') : n) } },
      );
    expect((await run(1)).output).toEqual([{ Error: 'Bad', Cause: 'broken' }, 2, 3, 4]);
    expect((await run(2)).error).toBe('States.ExceedToleratedFailureThreshold');
  });

  it.each([
    ['INLINE', true],
    ['DISTRIBUTED', false],
  ])('shows %s iterations the variables around them: %s', async (mode, seen) => {
    const look = { Type: 'Pass', Output: '{% $exists($word) %}', End: true };
    const result = await runDefinition(
      machine({
        Keep: { Type: 'Pass', Assign: { word: 'kept' }, Next: 'Each' },
        Each: {
          Type: 'Map',
          Items: [1],
          ItemProcessor: { ...processor(mode), StartAt: 'Look', States: { Look: look } },
          End: true,
        },
      }),
    );
    expect(result.output).toEqual([seen]);
  });

  it('fails with States.ItemReaderFailed when the object cannot be read', async () => {
    const result = await runDefinition(
      machine({
        Each: {
          Type: 'Map',
          ItemReader: {
            Resource: READ,
            Arguments: { Bucket: 'b', Key: 'k' },
            ReaderConfig: { InputType: 'JSON' },
          },
          ItemProcessor: processor('DISTRIBUTED'),
          End: true,
        },
      }),
      { tasks: { Each: { Body: '{"no": "array"}' } } },
    );
    expect(result.error).toBe('States.ItemReaderFailed');
  });
});
