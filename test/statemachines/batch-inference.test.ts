import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  type RunOptions,
  runDefinition,
} from '../support/state-machines/run-definition.ts';
import { fails, payload } from '../support/state-machines/stubs.ts';

const definition = definitionOf('batch-inference');
const parts = [0, 1, 2].map((index) => ({ index, key: 'k', start: index, end: index + 1 }));

interface Call {
  readonly Payload: {
    readonly task: string;
    readonly input: Record<string, unknown>;
    readonly correlation_id: string;
  };
}

const list = (all: readonly object[]) => ({
  Body: all.map((part) => `${JSON.stringify(part)}\n`).join(''),
});
const plan = (
  count: number,
  parts_per_batch = 2,
  environment: Readonly<Record<string, string>> | null = null,
) => payload({ parts: count, list: 'lists/b/1.jsonl', parts_per_batch, environment });

const run = (tasks: NonNullable<RunOptions['tasks']>) =>
  runDefinition(definition, {
    input: { batch_id: 'b', correlation_id: 'c' },
    tasks,
    substitutions: {
      BatchInferenceTasksFunctionArn: 'arn:aws:lambda:tasks',
      ServingTasksFunctionArn: 'arn:aws:lambda:records',
      ServingPythonBuildFunctionArn: 'arn:aws:lambda:builds',
      ArtifactsBucket: 'artifacts',
    },
  });

describe('batch-inference', () => {
  it('builds the environment of a version that Python scores before its parts', async () => {
    const location = { bucket: 'b', key: 'k' };
    const order: unknown[] = [];
    const build = (problem?: string) => (asked: { Payload: object }) => {
      order.push(asked.Payload);
      return payload({ environment: '0f3a', log: 'built', ...(problem && { problem }) });
    };
    const tasks = (problem?: string) => ({
      'Cut the input into parts': plan(1, 1, location),
      'Build the environment': build(problem),
      'Score the parts': () => list(parts.slice(0, 1)),
      'Score parts': () => {
        order.push('scored');
        return payload({ rows: 1, failed: 0 });
      },
      Finish: payload({ rows: 1, failed: 0 }),
      'Record the failure': ({ Payload }: Call) => {
        order.push(Payload.input);
        return payload({});
      },
    });
    expect(await run(tasks())).toMatchObject({ status: 'SUCCEEDED' });
    expect(order.splice(0)).toEqual([{ build: { location } }, 'scored']);
    expect(await run(tasks('no such package'))).toMatchObject({ status: 'FAILED' });
    expect(order[1]).toMatchObject({ error: 'EnvironmentNotBuilt', cause: 'no such package' });
    expect(order).toHaveLength(2);
  });

  it('scores every part of the list, some to an invocation, and finishes', async () => {
    const scored: unknown[] = [];
    let read: unknown;
    const result = await run({
      'Cut the input into parts': plan(3),
      'Score the parts': (place: object) => {
        read = place;
        return list(parts);
      },
      'Score parts': ({ Payload }: Call) => {
        expect(Payload.input.batch_id).toBe('b');
        expect(Payload.correlation_id).toBe('c');
        scored.push(Payload.input.parts);
        return payload({ rows: 1, failed: 0 });
      },
      Finish: payload({ rows: 3, failed: 0 }),
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { rows: 3, failed: 0 } });
    expect(read).toEqual({ Bucket: 'artifacts', Key: 'lists/b/1.jsonl' });
    expect(scored).toHaveLength(2);
    expect(scored).toEqual(expect.arrayContaining([parts.slice(0, 2), parts.slice(2)]));
  });

  it('scores more parts than a state holds', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      index,
      key: `batches/a-folder/of-many-small-files/${index}.parquet`,
      etag: `"${index}"`,
      start: 0,
      end: 10,
    }));
    let scored = 0;
    const result = await run({
      'Cut the input into parts': plan(many.length, 50),
      'Score the parts': list(many),
      'Score parts': ({ Payload }: Call) => {
        scored += (Payload.input.parts as object[]).length;
        return payload({ rows: 500, failed: 0 });
      },
      Finish: payload({ rows: 200_000, failed: 0 }),
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    expect(scored).toBe(many.length);
  });

  it('finishes at once when there is no row', async () => {
    const tasks = { 'Cut the input into parts': plan(0), Finish: payload({ rows: 0, failed: 0 }) };
    expect(await run(tasks)).toMatchObject({ status: 'SUCCEEDED', output: { rows: 0 } });
  });

  it.each(['Cut the input into parts', 'Finish'])('records why %s failed', async (state) => {
    let failure: unknown;
    const result = await run({
      'Cut the input into parts': plan(3),
      'Score the parts': list(parts),
      'Score parts': payload({ rows: 1, failed: 0 }),
      Finish: payload({ rows: 3, failed: 0 }),
      [state]: fails('INVALID_PARAMETER_VALUE', '{"errorMessage":"no rows"}'),
      'Record the failure': (call: Call) => {
        failure = call.Payload.input;
        return payload({ status: 'FAILED' });
      },
    });
    expect(result).toMatchObject({ status: 'FAILED', error: 'INVALID_PARAMETER_VALUE' });
    expect(failure).toMatchObject({ batch_id: 'b', cause: '{"errorMessage":"no rows"}' });
  });

  it('notes why parts failed before their Map ends, which does not say so', async () => {
    const recorded: unknown[] = [];
    const note = ({ Payload }: Call) => {
      recorded.push({ task: Payload.task, ...Payload.input });
      return payload({});
    };
    const result = await run({
      'Cut the input into parts': plan(3, 5),
      'Score the parts': list(parts),
      'Score parts': fails('INVALID_PARAMETER_VALUE', '{"errorMessage":"replaced"}'),
      'Note why the parts failed': note,
      'Record the failure': note,
    });
    expect(result).toMatchObject({ status: 'FAILED' });
    expect(recorded).toEqual([
      {
        task: 'noteFailure',
        batch_id: 'b',
        error: 'INVALID_PARAMETER_VALUE',
        cause: '{"errorMessage":"replaced"}',
      },
      expect.objectContaining({
        task: 'failBatch',
        error: 'States.ExceedToleratedFailureThreshold',
      }),
    ]);
  });

  it('fails even when the failure cannot be recorded', async () => {
    const result = await run({
      'Cut the input into parts': fails('Boom', 'no'),
      'Record the failure': fails('Boom', 'again'),
    });
    expect(result).toMatchObject({ status: 'FAILED', error: 'Boom' });
  });
});
