import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  type RunOptions,
  runDefinition,
} from '../support/state-machines/run-definition.ts';
import { fails, inTurn, payload } from '../support/state-machines/stubs.ts';

const definition = definitionOf('prepare');

const location = { bucket: 'b', key: 'k' };
const version = { endpoint: 'e', endpoint_id: 'i', model: 'm', version: '2' };
const built = payload({ environment: 'abc', log: 'line' });

interface Call {
  readonly FunctionName: string;
  readonly Payload: { readonly input: Record<string, unknown> };
}

/** Runs the state machine; returns what it recorded. */
async function recorded(tasks: NonNullable<RunOptions['tasks']>) {
  let input: Record<string, unknown> | undefined;
  const result = await runDefinition(definition, {
    input: { ...version, location, correlation_id: 'c' },
    tasks: {
      'Build the environment': () => built,
      'Read its variables': () => payload({ environment_vars: {} }),
      'Load it where it is scored': () => payload({}),
      'Record the result': (call: Call) => {
        input = call.Payload.input;
        return payload({ state: 'READY' });
      },
      ...tasks,
    },
    substitutions: {
      ServingPythonBuildFunctionArn: 'arn:build',
      ServingPythonFunctionArn: 'arn:score',
      ServingTasksFunctionArn: 'arn:tasks',
    },
  });
  return { result, input };
}

describe('prepare', () => {
  it('builds the environment, loads the model twice and records that', async () => {
    const calls: unknown[] = [];
    const environment_vars = { MODE: 'x' };
    const { result, input } = await recorded({
      'Build the environment': (call: unknown) => {
        calls.push(call);
        return built;
      },
      'Read its variables': (call: Call) => {
        const { endpoint: _, ...asked } = version;
        expect(call.Payload.input).toEqual({ ...asked, preparation: expect.any(String) });
        return payload({ environment_vars });
      },
      'Load it where it is scored': (call: unknown) => {
        calls.push(call);
        return payload({});
      },
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { state: 'READY' } });
    expect(calls).toEqual([
      {
        FunctionName: 'arn:build',
        Payload: { build: { location, preparation: expect.any(String) } },
      },
      { FunctionName: 'arn:score', Payload: { warm: { location, environment_vars } } },
      { FunctionName: 'arn:score', Payload: { warm: { location, environment_vars } } },
    ]);
    expect(input).toEqual({
      ...version,
      preparation: expect.any(String),
      problem: '',
      environment: 'abc',
      log: 'line',
    });
  });

  it('records that the variables cannot be read', async () => {
    const { input } = await recorded({ 'Read its variables': fails('Broken', 'no table') });
    expect(input).toMatchObject({ problem: 'Broken: no table', environment: 'abc' });
  });

  it('records why the environment cannot be built, with the log', async () => {
    const answer = { problem: 'no such package', log: 'all of it' };
    const { input } = await recorded({ 'Build the environment': () => payload(answer) });
    expect(input).toMatchObject(answer);
  });

  it('records that a build ended without an answer', async () => {
    const { input } = await recorded({
      'Build the environment': fails('Sandbox.Timedout', 'after 900 seconds'),
    });
    expect(input).toMatchObject({ problem: 'Sandbox.Timedout: after 900 seconds', log: '' });
  });

  it('records that the model cannot be loaded where it is scored', async () => {
    const { input } = await recorded({
      'Load it where it is scored': inTurn(
        () => payload({}),
        () => payload({ problem: 'no memory', log: 'Traceback' }),
      ),
    });
    expect(input).toMatchObject({
      problem: 'no memory',
      environment: 'abc',
      log: 'line\nTraceback',
    });
    const { input: ended } = await recorded({
      'Load it where it is scored': fails('Runtime.ExitError', 'killed'),
    });
    expect(ended).toMatchObject({ problem: 'Runtime.ExitError: killed' });
  });

  it('fails when the result cannot be recorded', async () => {
    const { result } = await recorded({ 'Record the result': fails('Broken', 'no table') });
    expect(result).toMatchObject({ status: 'FAILED', error: 'NotRecorded' });
  });
});
