import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  type RunOptions,
  runDefinition,
} from '../support/state-machines/run-definition.ts';
import { fails, hangs, inTurn, payload } from '../support/state-machines/stubs.ts';

const definition = definitionOf('validate');

const input = { execution: 'event-1', model: 'm', version: '3', correlation_id: 'c' };
const passed = (name: string) => ({ name, status: 'PASSED', message: 'ok', duration_ms: 1 });

interface Call {
  readonly FunctionName: string;
  readonly Payload: { readonly task: string; readonly input: Record<string, unknown> };
}

function run(tasks: NonNullable<RunOptions['tasks']>) {
  return runDefinition(definition, {
    input,
    tasks,
    substitutions: {
      ValidationTasksFunctionArn: 'arn:aws:lambda:tasks',
      ValidationCustomFunctionArn: 'arn:aws:lambda:custom',
      ServingPythonBuildFunctionArn: 'arn:aws:lambda:build',
    },
  });
}

const begun = (...checks: string[]) => payload({ checks });

describe('validate', () => {
  it('runs every group of checks and records all their results', async () => {
    let recorded: Call | undefined;
    const asked: Record<string, string> = {};
    const result = await run({
      'Mark the version pending': begun('artifact', 'performance', 'custom/0'),
      'Run a group of checks': (call: Call) => {
        const check = String(call.Payload.input.check);
        asked[check] = call.FunctionName;
        return payload(check === 'artifact' ? [passed('a'), passed('b')] : [passed(check)]);
      },
      'Record the verdict': (call: Call) => {
        recorded = call;
        return payload({ status: 'PASSED' });
      },
    });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { status: 'PASSED' } });
    expect(asked).toEqual({
      artifact: 'arn:aws:lambda:tasks',
      performance: 'arn:aws:lambda:tasks',
      'custom/0': 'arn:aws:lambda:custom',
    });
    expect(recorded).toMatchObject({
      FunctionName: 'arn:aws:lambda:tasks',
      Payload: {
        task: 'recordVerdict',
        correlation_id: 'c',
        input: {
          execution: 'event-1',
          model: 'm',
          version: '3',
          results: [passed('a'), passed('b'), passed('performance'), passed('custom/0')],
        },
      },
    });
  });

  it('builds the environments of what Python scores, and says which it could not', async () => {
    const [own, champion] = [
      { bucket: 'b', key: 'own' },
      { bucket: 'b', key: 'champion' },
    ];
    const asked: unknown[] = [];
    const outcome = async (answer: (key: string) => unknown) => {
      asked.length = 0;
      let unbuilt: unknown;
      const result = await run({
        'Mark the version pending': payload({
          checks: ['performance'],
          environments: [own, champion],
        }),
        'Build an environment': (call: { Payload: { build: { location: typeof own } } }) => {
          asked.push(call.Payload.build.location);
          return answer(call.Payload.build.location.key);
        },
        'Run a group of checks': (call: Call) => {
          unbuilt = call.Payload.input.unbuilt;
          return payload([passed('roc_auc')]);
        },
        'Record the verdict': payload({ status: 'PASSED' }),
      });
      expect(result.status).toBe('SUCCEEDED');
      return unbuilt;
    };

    expect(await outcome(() => payload({ environment: '0f3a' }))).toBe('');
    expect(asked).toEqual([own, champion]);
    const problem = 'no version of scikit-learn==99';
    expect(await outcome((key) => payload(key === 'own' ? { problem } : {}))).toBe(problem);
    const slow = await outcome((key) => (key === 'own' ? payload({ problem }) : hangs));
    expect(slow).toMatch(/^no version of scikit-learn==99; States\.Timeout/);
  });

  it('turns a group whose results are more than a state holds into one result', async () => {
    let results: unknown;
    const long = 'x'.repeat(300_000);
    const result = await run({
      'Mark the version pending': begun('artifact', 'custom/0'),
      'Run a group of checks': (call: Call) =>
        payload(
          call.Payload.input.check === 'artifact'
            ? [passed('a')]
            : [{ ...passed('bias'), unit: long }],
        ),
      'Record the verdict': (call: Call) => {
        results = call.Payload.input.results;
        return payload({ status: 'FAILED' });
      },
    });
    expect(result.status).toBe('SUCCEEDED');
    expect(results).toMatchObject([
      passed('a'),
      { name: 'custom/0', status: 'ERROR', message: expect.stringContaining('DataLimitExceeded') },
    ]);
  });

  it('records the failure when all results together are more than a state holds', async () => {
    let failure: unknown;
    const result = await run({
      'Mark the version pending': begun('artifact', 'custom/0', 'custom/1'),
      'Run a group of checks': payload([{ ...passed('a'), unit: 'x'.repeat(100_000) }]),
      'Record the failure': (call: Call) => {
        failure = call.Payload.input;
        return payload({ status: 'FAILED' });
      },
    });
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(failure).toMatchObject({ execution: 'event-1', error: 'States.DataLimitExceeded' });
  });

  it('hands a single result of a single group on as a list', async () => {
    let results: unknown;
    await run({
      'Mark the version pending': begun('artifact'),
      'Run a group of checks': payload([passed('a')]),
      'Record the verdict': (call: Call) => {
        results = call.Payload.input.results;
        return payload({ status: 'PASSED' });
      },
    });
    expect(results).toEqual([passed('a')]);
  });

  it('turns a group that breaks or hangs into a result, and still runs the others', async () => {
    let results: unknown;
    const result = await run({
      'Mark the version pending': begun('artifact', 'performance', 'latency'),
      'Run a group of checks': (call: Call) => {
        const { check } = call.Payload.input;
        if (check === 'performance') return hangs;
        if (check === 'latency')
          throw fails('Runtime.ExitError', '{"errorMessage":"out of memory"}');
        return payload([passed('a')]);
      },
      'Record the verdict': (call: Call) => {
        results = call.Payload.input.results;
        return payload({ status: 'FAILED' });
      },
    });

    expect(result.status).toBe('SUCCEEDED');
    expect(results).toMatchObject([
      passed('a'),
      { name: 'performance', status: 'ERROR', message: expect.stringContaining('States.Timeout') },
      { name: 'latency', status: 'ERROR', message: expect.stringContaining('out of memory') },
    ]);
  });

  it('repeats what Lambda could not take', async () => {
    const result = await run({
      'Mark the version pending': inTurn(
        fails('Lambda.TooManyRequestsException'),
        begun('artifact'),
      ),
      'Run a group of checks': inTurn(fails('Lambda.ServiceException'), payload([passed('a')])),
      'Record the verdict': payload({ status: 'PASSED' }),
    });
    expect(result.status).toBe('SUCCEEDED');
    expect(result.path.filter((state) => state === 'Run a group of checks')).toHaveLength(1);
  });

  it.each(['Mark the version pending', 'Record the verdict'])(
    'records the failure with its cause when "%s" breaks for good',
    async (state) => {
      let failure: unknown;
      const result = await run({
        'Mark the version pending': begun('artifact'),
        'Run a group of checks': payload([passed('a')]),
        'Record the verdict': payload({ status: 'PASSED' }),
        [state]: fails('TypeError', '{"errorMessage":"x is undefined"}'),
        'Record the failure': (call: Call) => {
          failure = call.Payload.input;
          return payload({ status: 'FAILED' });
        },
      });

      expect(result).toMatchObject({ status: 'FAILED', error: 'TypeError' });
      expect(failure).toMatchObject({
        execution: 'event-1',
        error: 'TypeError',
        cause: '{"errorMessage":"x is undefined"}',
      });
    },
  );

  it('ends at once when there is nothing to check any more', async () => {
    const result = await run({ 'Mark the version pending': begun() });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { status: 'GONE' } });
    expect(result.path).not.toContain('Run the checks');
  });
});
