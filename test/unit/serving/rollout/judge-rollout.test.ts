import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  addLabels,
  addRequests,
  type Evidence,
  noEvidence,
  type RequestSeen,
} from '../../../../functions/serving/rollout/evidence.ts';
import { judgeRollout } from '../../../../functions/serving/rollout/judge-rollout.ts';
import {
  checkStrategy,
  rolloutSchema,
  secondsToNextLook,
  stepsOf,
} from '../../../../functions/serving/rollout/strategy.ts';
import { aRollout } from './rollout-fixture.ts';

const START = Date.parse('2026-11-21T10:00:00Z');

const strategyOf = (input: object) => checkStrategy(z.parse(rolloutSchema, input));
const strategy = (more: object = {}) =>
  strategyOf({
    strategy: 'canary',
    percentage: 50,
    bake: { requests: 100 },
    analysis: { latency: null },
    minimum_samples: 50,
    timeout: 'PT1H',
    ...more,
  });

const rolloutOf = (evidence: Evidence, more: object = {}) =>
  aRollout({ id: 'r', startedAt: START, strategy: strategy(more), evidence });

/** Requests of both arms in turn. */
const requests = (n: number, candidate: Partial<RequestSeen> | ((i: number) => object) = {}) =>
  Array.from({ length: n }, (_, i): RequestSeen => {
    const role = i % 2 ? ('candidate' as const) : ('champion' as const);
    const own = typeof candidate === 'function' ? candidate(i) : candidate;
    const base = { role, share: 50, executionTimeMs: 3, time: START + i * 1000 };
    return { ...base, ...(role === 'candidate' && own) };
  });

const seen = (list: readonly RequestSeen[], more: object = {}) =>
  rolloutOf(addRequests(noEvidence, list, strategy(more), { share: 50 }), more);

const soon = START + 60_000;
const late = START + 2 * 3600_000;

describe('a rollout', () => {
  it('is promoted when it has baked and every metric is within its tolerance', () => {
    expect(judgeRollout(seen(requests(2000)), soon)).toEqual({ next: 'promote' });
  });

  it('waits below the minimum of samples, and asks a person when the time is over', () => {
    const few = seen(requests(60));
    expect(judgeRollout(few, soon)).toMatchObject({ next: 'wait', wait_seconds: 10 });
    expect(judgeRollout(few, late)).toMatchObject({
      next: 'ask',
      reason: expect.stringContaining('50 samples'),
    });
  });

  it('says nothing without data: neither promoted nor aborted', () => {
    expect(judgeRollout(rolloutOf(noEvidence), soon)).toMatchObject({ next: 'wait' });
    expect(judgeRollout(rolloutOf(noEvidence), late)).toMatchObject({ next: 'ask' });
  });

  it('is not aborted by a few failures below the minimum, but by them above it', () => {
    const failing = { failed: true as const };
    expect(judgeRollout(seen(requests(40, failing)), soon)).toMatchObject({ next: 'wait' });
    expect(judgeRollout(seen(requests(120, failing)), soon)).toMatchObject({
      next: 'abort',
      reason: expect.stringMatching(/errors: 100\.00 % in 60 requests against 0\.00 %/),
    });
  });

  it('is aborted by more evidence where two metrics are watched than where one is', () => {
    const evidenceOf = (odds: number, more: object = {}) => {
      const seenSoFar = seen(requests(80), more).evidence;
      const worse = seenSoFar.errors.worse.map(() => Math.log(odds / 0.05));
      return rolloutOf({ ...seenSoFar, errors: { ...seenSoFar.errors, worse } }, more);
    };
    const two = { analysis: {}, minimum_samples: 20 };
    const one = { minimum_samples: 20 };
    expect(judgeRollout(evidenceOf(0.99, one), soon)).toMatchObject({ next: 'wait' });
    expect(judgeRollout(evidenceOf(1.01, one), soon)).toMatchObject({ next: 'abort' });
    expect(judgeRollout(evidenceOf(1.99, two), soon)).toMatchObject({ next: 'wait' });
    expect(judgeRollout(evidenceOf(2.01, two), soon)).toMatchObject({ next: 'abort' });
  });

  it('does not go to the next step with fewer samples than the least, however well it baked', () => {
    const eager = { strategy: 'linear', percentage: 40, bake: { requests: 20 } };
    const few = rolloutOf(seen(requests(60), eager).evidence, eager);
    expect(judgeRollout(few, soon)).toMatchObject({ next: 'wait' });
    const enough = rolloutOf(seen(requests(100), eager).evidence, eager);
    expect(judgeRollout(enough, soon)).toEqual({ next: 'advance' });
  });

  it('has not baked before its first request, though nothing is analysed or waited for', () => {
    const bare = { analysis: { errors: null, latency: null }, bake: { duration: 'PT0S' } };
    expect(judgeRollout(rolloutOf(noEvidence, bare), soon)).toMatchObject({ next: 'wait' });
    expect(judgeRollout(seen(requests(2), bare), soon)).toEqual({ next: 'promote' });
  });

  it('asks from the timeout on, and says which step did not end', () => {
    const slow = { bake: { requests: 5000 } };
    const shown = seen(requests(2000), slow);
    const timeout = START + 3600_000;
    expect(judgeRollout(shown, timeout - 1)).toMatchObject({ next: 'wait' });
    expect(judgeRollout(shown, timeout)).toEqual({
      next: 'ask',
      reason: 'step 1 saw 1000 requests and did not end within PT1H',
    });
  });

  it('is aborted for slow answers, and not for those within the ratio', () => {
    const analysis = { errors: null, latency: { ratio: 1.5, slack_ms: 0, tolerance: 0.02 } };
    const of = (ms: number) =>
      seen(
        requests(2000, (i) => ({ executionTimeMs: i % 20 === 1 ? ms : 3 })),
        { analysis },
      );
    expect(judgeRollout(of(30), soon)).toMatchObject({
      next: 'abort',
      reason: expect.stringContaining('slow answers'),
    });
    expect(judgeRollout(of(4), soon)).toEqual({ next: 'promote' });
  });

  it('goes to the next step before the last one, and only when the step has baked', () => {
    const linear = {
      strategy: 'linear',
      percentage: 40,
      bake: { requests: 100, duration: 'PT10M' },
    };
    expect(stepsOf(strategyOf(linear))).toEqual([40, 80]);
    const short = rolloutOf(seen(requests(500), linear).evidence, linear);
    expect(judgeRollout(short, soon)).toMatchObject({ next: 'wait' });
    const long = rolloutOf(seen(requests(2000), linear).evidence, linear);
    expect(judgeRollout(long, soon)).toEqual({ next: 'advance' });
    expect(judgeRollout({ ...long, step: 1 }, soon)).toEqual({ next: 'promote' });
  });

  it('is undecided without labels when the quality is asked for, whatever else is known', () => {
    const analysis = { latency: null, quality: { loss: 'brier' } };
    const unlabelled = seen(requests(3000), { analysis });
    expect(judgeRollout(unlabelled, soon)).toMatchObject({ next: 'wait' });
    expect(judgeRollout(unlabelled, late)).toMatchObject({
      next: 'ask',
      reason: expect.stringContaining('quality'),
    });
  });

  it.each([
    [0.4, 'abort'],
    [0.2, 'promote'],
  ])('is judged by labels that come later: a mean loss of %d against 0.2', (loss, next) => {
    const policy = { analysis: { latency: null, quality: { loss: 'brier', tolerance: 0.05 } } };
    const { evidence } = seen(requests(3000), policy);
    const labels = requests(3000).map(({ role, share }, i) => {
      const noise = (i % 4) * 0.02 - 0.03;
      return { role, share, loss: (role === 'candidate' ? loss : 0.2) + noise };
    });
    const labelled = rolloutOf(addLabels(evidence, labels, strategy(policy)), policy);
    expect(judgeRollout(labelled, soon)).toMatchObject({ next });
  });

  it('counts one request of everybody who is kept on one arm', () => {
    const same = seen(requests(2000, { unit: 5, failed: true }));
    expect(same.evidence.errors.candidate.n).toBe(1);
    expect(same.evidence.step.n).toBe(1000);
    expect(judgeRollout(same, late)).toMatchObject({ next: 'ask' });
  });

  it('watches a switch of all the traffic by its errors alone', () => {
    const all = { strategy: 'all_at_once', percentage: undefined, analysis: {} };
    const list = requests(2000).map((one) => ({ ...one, role: 'candidate' as const, share: 100 }));
    const evidence = addRequests(noEvidence, list, strategy(all), { share: 100 });
    expect(judgeRollout({ ...rolloutOf(evidence, all), share: 100 }, soon)).toEqual({
      next: 'promote',
    });
    const failing = addRequests(
      noEvidence,
      list.map((one) => ({ ...one, failed: true as const })),
      strategy(all),
      { share: 100 },
    );
    expect(judgeRollout({ ...rolloutOf(failing, all), share: 100 }, soon)).toMatchObject({
      next: 'abort',
    });
  });
});

describe('a strategy', () => {
  it('reads back so that sending it again changes nothing', () => {
    const once = strategy({ analysis: { latency: null } });
    expect(strategyOf(once)).toEqual(once);
    expect(once.analysis).toEqual({ errors: { tolerance: 0.01 }, latency: null });
  });

  it('is looked at often at first, and never more often than an execution can hold', () => {
    const { interval: _, ...rest } = strategy();
    const often = { ...rest, interval: 'PT1S' };
    expect(secondsToNextLook(often, 0)).toBe(1);
    let looks = 0;
    for (let elapsed = 0; elapsed < 30 * 86_400_000; looks++) {
      elapsed += 1000 * secondsToNextLook(often, elapsed);
    }
    expect(looks).toBeLessThan(1700);
  });

  it('is refused where it contradicts itself', () => {
    expect(() => strategyOf({ strategy: 'all_at_once', analysis: { latency: {} } })).toThrow(
      /champion/,
    );
    expect(() =>
      strategyOf({ strategy: 'canary', analysis: { quality: { loss: 'absolute_error' } } }),
    ).toThrow(/scale/);
    expect(() => strategyOf({ strategy: 'canary', percentage: 100 })).toThrow();
    expect(() => strategyOf({ strategy: 'canary', bake: {} })).toThrow(
      /needs duration or requests/,
    );
  });
});
