import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  type RunOptions,
  runDefinition,
} from '../support/state-machines/run-definition.ts';
import { fails, hangs, inTurn, payload } from '../support/state-machines/stubs.ts';

const definition = definitionOf('promote');

const input = { promotion_id: 'event-2', model: 'm', version: '3', correlation_id: 'c' };
const compared = (next: string, approval_required = false, escalate_seconds = 0) =>
  payload({ next, approval_required, expires_seconds: 3600, escalate_seconds });
const decided = payload({ status: 'decided', verdict: 'promoted' });

interface Call {
  readonly Payload: { readonly task: string; readonly input: Record<string, unknown> };
}

const run = (tasks: NonNullable<RunOptions['tasks']>) =>
  runDefinition(definition, {
    input,
    tasks,
    substitutions: {
      PromotionTasksFunctionArn: 'arn:aws:lambda:tasks',
      ServingPythonBuildFunctionArn: 'arn:aws:lambda:build',
    },
  });

describe('promote', () => {
  it('compares and decides', async () => {
    const result = await run({
      'Compare with the champion': compared('promote'),
      Decide: decided,
    });
    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: { status: 'decided', verdict: 'promoted' },
    });
    expect(result.path).not.toContain('Wait for approval');
  });

  it('builds environments of models in Python before it compares, and again for another champion', async () => {
    const lie = (key: string) => ({ bucket: 'b', key });
    const asked: unknown[] = [];
    const built: unknown[] = [];
    const wanted = [[lie('own'), lie('first')], [], [lie('second')], []];
    const result = await run({
      'Compare with the champion': (call: Call) => {
        const { input } = call.Payload;
        built.push([input.built, input.unbuilt]);
        const environments = wanted[built.length - 1] ?? [];
        const next = environments.length > 0 ? 'build' : 'promote';
        return payload({
          next,
          environments,
          approval_required: false,
          expires_seconds: 1,
          escalate_seconds: 0,
        });
      },
      'Build an environment': (call: { Payload: { build: { location: { key: string } } } }) => {
        const { key } = call.Payload.build.location;
        asked.push(key);
        return payload(key === 'second' ? { problem: 'no such package' } : { environment: '0f3a' });
      },
      Decide: inTurn(payload({ status: 'changed' }), decided),
    });
    expect(result.status).toBe('SUCCEEDED');
    expect(asked.sort()).toEqual(['first', 'own', 'second']);
    expect(built).toEqual([
      [[], ''],
      [[lie('own'), lie('first')], ''],
      [[lie('own'), lie('first')], ''],
      [[lie('own'), lie('first'), lie('second')], 'no such package'],
    ]);
  });

  it('records a verdict against the challenger without asking anybody', async () => {
    const result = await run({
      'Compare with the champion': compared('settle', true),
      Decide: payload({ status: 'decided', verdict: 'rejected' }),
    });
    expect(result.path).not.toContain('Wait for approval');
    expect(result.status).toBe('SUCCEEDED');
  });

  it('compares again when the champion changed, and asks again what nobody has approved', async () => {
    const result = await run({
      'Compare with the champion': inTurn(
        compared('promote', true),
        compared('promote', true),
        compared('promote', false),
      ),
      'Wait for approval': { status: 'APPROVED' },
      Decide: inTurn(payload({ status: 'changed' }), payload({ status: 'changed' }), decided),
    });
    const times = (state: string) => result.path.filter((name) => name === state).length;

    expect(result.status).toBe('SUCCEEDED');
    expect(times('Compare with the champion')).toBe(3);
    expect(times('Wait for approval')).toBe(2);
  });

  it('gives up after five comparisons and records why', async () => {
    let failure: unknown;
    const result = await run({
      'Compare with the champion': compared('promote'),
      Decide: payload({ status: 'changed' }),
      'Record the failure': (call: Call) => {
        failure = call.Payload.input;
        return payload({ status: 'decided' });
      },
    });

    expect(result).toMatchObject({ status: 'FAILED', error: 'ChampionChanged' });
    expect(result.path.filter((name) => name === 'Compare with the champion')).toHaveLength(5);
    expect(failure).toMatchObject({ promotion_id: 'event-2', error: 'ChampionChanged' });
  });

  it('hands the token over and goes on with the answer', async () => {
    let asked: Call | undefined;
    const result = await run({
      'Compare with the champion': compared('promote', true),
      'Wait for approval': (call: Call) => {
        asked = call;
        return { status: 'APPROVED' };
      },
      Decide: decided,
    });

    expect(asked?.Payload).toMatchObject({
      task: 'requestApproval',
      input: { promotion_id: 'event-2', token: expect.any(String) },
    });
    expect(result.path).toContain('Decide');
  });

  it('decides against it when the approval is denied', async () => {
    let refusal: unknown;
    const result = await run({
      'Compare with the champion': compared('promote', true),
      'Wait for approval': { status: 'DENIED' },
      'Decide against it': (call: Call) => {
        refusal = call.Payload.input;
        return payload({ status: 'decided', verdict: 'rejected' });
      },
    });

    expect(refusal).toMatchObject({ answer: 'DENIED' });
    expect(result.output).toEqual({ status: 'decided', verdict: 'rejected' });
    expect(result.path).not.toContain('Decide');
  });

  it('lets the request expire after the time that the policy gives', async () => {
    const result = await run({
      'Compare with the champion': compared('promote', true),
      'Wait for approval': hangs,
      'Let the request expire': payload({ status: 'EXPIRED' }),
      'Decide against it': payload({ status: 'decided', verdict: 'rejected' }),
    });

    expect(result.status).toBe('SUCCEEDED');
    expect(result.path).toContain('Decide against it');
    expect(result.elapsedSeconds).toBe(3600);
  });

  it('asks others, too, when nobody has decided, and then waits for the rest of the time', async () => {
    let asked = 0;
    const result = await run({
      'Compare with the champion': compared('promote', true, 600),
      'Wait for approval': hangs,
      'Ask others, too': () => {
        asked++;
        return payload(null);
      },
      'Let the request expire': payload({ status: 'EXPIRED' }),
      'Decide against it': payload({ status: 'decided', verdict: 'rejected' }),
    });

    expect(asked).toBe(1);
    expect(result.path.filter((state) => state === 'Wait for approval')).toHaveLength(2);
    expect(result.elapsedSeconds).toBe(3600);
    expect(result.path).toContain('Decide against it');
  });

  it('takes an answer that came at the last moment', async () => {
    const result = await run({
      'Compare with the champion': compared('promote', true),
      'Wait for approval': hangs,
      'Let the request expire': payload({ status: 'APPROVED' }),
      Decide: decided,
    });
    expect(result.path).toContain('Decide');
  });

  it('does nothing twice', async () => {
    const result = await run({ 'Compare with the champion': compared('decided') });
    expect(result.status).toBe('SUCCEEDED');
    expect(result.path).not.toContain('Decide');
  });

  it('records a comparison that breaks, with its cause', async () => {
    let failure: unknown;
    const result = await run({
      'Compare with the champion': fails('INVALID_PARAMETER_VALUE', '{"errorMessage":"no label"}'),
      'Record the failure': (call: Call) => {
        failure = call.Payload.input;
        return payload({ status: 'decided' });
      },
    });

    expect(result).toMatchObject({ status: 'FAILED', error: 'INVALID_PARAMETER_VALUE' });
    expect(failure).toMatchObject({ cause: '{"errorMessage":"no label"}' });
  });
});
