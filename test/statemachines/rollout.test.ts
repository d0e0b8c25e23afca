import { describe, expect, it } from 'vitest';
import type { Json } from '../../lib/local/stepfunctions/asl/definition.ts';
import {
  definitionOf,
  type RunOptions,
  runDefinition,
} from '../support/state-machines/run-definition.ts';
import { fails, hangs, inTurn, payload } from '../support/state-machines/stubs.ts';

const definition = definitionOf('rollout');
const input = { endpoint: 'e', rollout_id: 'r', correlation_id: 'c' };
const shifted = payload({ next: 'bake', wait_seconds: 30, expires_seconds: 3600 });
const wait = payload({ next: 'wait', wait_seconds: 30 });
const advance = payload({ next: 'advance' });
const promote = payload({ next: 'promote' });
const ended = (status: string) => payload({ status });

interface Call {
  readonly Payload: { readonly task: string; readonly input: Record<string, unknown> };
}

const run = (tasks: NonNullable<RunOptions['tasks']>) =>
  runDefinition(definition, {
    input,
    tasks,
    substitutions: { ServingRolloutTasksFunctionArn: 'arn:aws:lambda:tasks' },
  });

/** Answers the stub, and what it was called with. */
function noting(answer: Json) {
  const inputs: Record<string, unknown>[] = [];
  const stub = (call: Call) => {
    inputs.push(call.Payload.input);
    return answer;
  };
  return { stub, inputs };
}

describe('rollout', () => {
  it('goes from step to step, with looks in between, and promotes', async () => {
    const shift = noting(shifted);
    const result = await run({
      'Shift the traffic': shift.stub,
      'Look at the evidence': inTurn(wait, advance, wait, wait, promote),
      Promote: ended('promoted'),
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { status: 'promoted' } });
    expect(shift.inputs.map(({ step }) => step)).toEqual([0, 1]);
    expect(result.elapsedSeconds).toBe(150);
  });

  it('aborts with the reason that the analysis gives', async () => {
    const abort = noting(ended('aborted'));
    const result = await run({
      'Shift the traffic': shifted,
      'Look at the evidence': payload({ next: 'abort', reason: 'errors' }),
      Abort: abort.stub,
    });
    expect(result.output).toEqual({ status: 'aborted' });
    expect(abort.inputs).toEqual([{ endpoint: 'e', rollout_id: 'r', reason: 'errors' }]);
  });

  it.each([
    ['APPROVED', 'Promote'],
    ['DENIED', 'Abort'],
  ])('asks a person when it is undecided: %s → %s', async (answer, end) => {
    const asked = noting({ status: answer });
    const result = await run({
      'Shift the traffic': shifted,
      'Look at the evidence': payload({ next: 'ask', reason: 'undecided' }),
      'Ask a person': asked.stub,
      Promote: ended('promoted'),
      Abort: ended('aborted'),
    });
    expect(asked.inputs[0]).toMatchObject({ reason: 'undecided', token: expect.any(String) });
    expect(result.path.at(-1)).toBe(end);
  });

  it('aborts when nobody answers in time', async () => {
    const abort = noting(ended('aborted'));
    const result = await run({
      'Shift the traffic': shifted,
      'Look at the evidence': payload({ next: 'ask', reason: 'undecided' }),
      'Ask a person': hangs,
      'Let the question expire': payload({ status: 'EXPIRED' }),
      Abort: abort.stub,
    });
    expect(result.elapsedSeconds).toBe(30 + 3600);
    expect(abort.inputs[0]).toMatchObject({ reason: 'nobody answered: undecided' });
  });

  it('takes an answer that came at the last moment', async () => {
    const result = await run({
      'Shift the traffic': shifted,
      'Look at the evidence': payload({ next: 'ask', reason: 'undecided' }),
      'Ask a person': hangs,
      'Let the question expire': payload({ status: 'APPROVED' }),
      Promote: ended('promoted'),
    });
    expect(result.path.at(-1)).toBe('Promote');
  });

  it('ends quietly when the rollout is over, wherever it hears of it', async () => {
    const over = payload({ next: 'over', wait_seconds: 0, expires_seconds: 0 });
    const first = await run({ 'Shift the traffic': over });
    const later = await run({
      'Shift the traffic': shifted,
      'Look at the evidence': payload({ next: 'over' }),
    });
    const asked = await run({
      'Shift the traffic': shifted,
      'Look at the evidence': payload({ next: 'ask', reason: 'x' }),
      'Ask a person': fails('RolloutOver'),
    });
    for (const result of [first, later, asked]) {
      expect(result).toMatchObject({ status: 'SUCCEEDED', output: { status: 'over' } });
    }
  });

  it('asks a person when the evidence cannot be looked at, after retries', async () => {
    const asked = noting({ status: 'DENIED' });
    const result = await run({
      'Shift the traffic': shifted,
      'Look at the evidence': fails('Lambda.ServiceException', 'down'),
      'Ask a person': asked.stub,
      Abort: ended('aborted'),
    });
    expect(result.path).toContain('Ask a person');
    expect(asked.inputs[0]?.reason).toMatch(/^the analysis failed: Lambda\.ServiceException/);
  });

  it('aborts when the traffic cannot be shifted, or nobody can be asked', async () => {
    const shift = await run({ 'Shift the traffic': fails('Boom'), Abort: ended('aborted') });
    const ask = await run({
      'Shift the traffic': shifted,
      'Look at the evidence': payload({ next: 'ask', reason: 'x' }),
      'Ask a person': fails('Boom'),
      Abort: ended('aborted'),
    });
    for (const result of [shift, ask]) expect(result.path.at(-1)).toBe('Abort');
  });

  it('fails when it can neither promote nor abort', async () => {
    const promoting = await run({
      'Shift the traffic': shifted,
      'Look at the evidence': promote,
      Promote: fails('Boom', 'no'),
    });
    const aborting = await run({
      'Shift the traffic': fails('Boom'),
      Abort: fails('Boom', 'no'),
    });
    for (const result of [promoting, aborting]) {
      expect(result).toMatchObject({ status: 'FAILED', error: 'RolloutBroke' });
    }
  });
});
