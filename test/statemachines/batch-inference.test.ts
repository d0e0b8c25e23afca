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
  readonly Payload: { readonly input: Record<string, unknown> };
}

const run = (tasks: NonNullable<RunOptions['tasks']>) =>
  runDefinition(definition, {
    input: { batch_id: 'b', correlation_id: 'c' },
    tasks,
    substitutions: { BatchInferenceTasksFunctionArn: 'arn:aws:lambda:tasks' },
  });

describe('batch-inference', () => {
  it('scores every part and finishes', async () => {
    const scored: unknown[] = [];
    const result = await run({
      'Cut the input into parts': payload({ parts }),
      'Score a part': (call: Call) => {
        scored.push(call.Payload.input.part);
        return payload({ rows: 1, failed: 0 });
      },
      Finish: payload({ rows: 3, failed: 0 }),
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { rows: 3, failed: 0 } });
    expect(scored).toHaveLength(3);
    expect(scored).toEqual(expect.arrayContaining(parts));
  });

  it.each(['Cut the input into parts', 'Score a part', 'Finish'])(
    'records why %s failed',
    async (state) => {
      let failure: unknown;
      const result = await run({
        'Cut the input into parts': payload({ parts }),
        'Score a part': payload({ rows: 1, failed: 0 }),
        Finish: payload({ rows: 3, failed: 0 }),
        [state]: fails('INVALID_PARAMETER_VALUE', '{"errorMessage":"no rows"}'),
        'Record the failure': (call: Call) => {
          failure = call.Payload.input;
          return payload({ status: 'FAILED' });
        },
      });
      expect(result).toMatchObject({ status: 'FAILED', error: 'INVALID_PARAMETER_VALUE' });
      expect(failure).toMatchObject({ batch_id: 'b', cause: '{"errorMessage":"no rows"}' });
    },
  );

  it('fails even when the failure cannot be recorded', async () => {
    const result = await run({
      'Cut the input into parts': fails('Boom', 'no'),
      'Record the failure': fails('Boom', 'again'),
    });
    expect(result).toMatchObject({ status: 'FAILED', error: 'Boom' });
  });
});
