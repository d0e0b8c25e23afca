import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LiveEntity } from '../../../../functions/serving/endpoints/endpoint.ts';
import type { Scorer } from '../../../../functions/serving/invoke/scorer.ts';
import { askMirrors } from '../../../../functions/serving/invoke/shadows.ts';

const anEntity = (name: string, mirror: number): LiveEntity => ({
  name,
  model: 'm',
  version: name,
  location: { bucket: 'b', key: name },
  weight: 100 - mirror,
  mirror,
});
const [main, shadow] = [anEntity('main', 0), anEntity('shadow', 100)] as const;

/** A request to `main`, whose mirror is scored as the test says. */
function ask(score: () => Promise<string>, runtime: Scorer['runtime'] = 'python') {
  const snapshot = {
    live: {
      endpoint: 'e',
      endpointId: 'id',
      revision: 1,
      config: 1,
      creator: 'ana',
      entities: [main, shadow],
    },
    models: new Map([[shadow, { runtime, score }]]),
    problems: new Map(),
  };
  const body = Buffer.from('{"instances": [[1]]}');
  const table = () => ({ columns: ['x'], rows: [[1]] });
  const request = { body, contentType: 'application/json', table };
  return askMirrors({ snapshot, chosen: main, request, identity: 'r', spent: { pythonMs: 0 } });
}

const answer = '{"predictions":[1]}';
const predicted = [{ entity: shadow, predictions: [1] }];

/** A scorer that counts how often it was asked. */
function counted() {
  const calls: number[] = [];
  const score = async () => {
    calls.push(performance.now());
    return answer;
  };
  return { calls, score };
}

describe('a mirror', () => {
  it('in another process is asked beside the answer, not after it', async () => {
    const { calls, score } = counted();
    const mirrors = ask(score);
    expect(calls).toHaveLength(1);
    expect(await mirrors.answers(main, 5)).toEqual(predicted);
    expect(calls).toHaveLength(1);
  });

  it('in this process is asked when the answer is there, which it would hold up', async () => {
    const { calls, score } = counted();
    const mirrors = ask(score, 'native');
    expect(calls).toHaveLength(0);
    expect(await mirrors.answers(main, 5)).toEqual(predicted);
  });

  it('holds up a quick answer for a quarter of a second and no longer', async () => {
    const started = performance.now();
    const said = await ask(() => new Promise(() => {})).answers(main, 1);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(said).toEqual([
      {
        entity: shadow,
        error: 'The mirror did not answer within 250 ms after the answer',
        errorCode: 'DEADLINE_EXCEEDED',
      },
    ]);
  });

  it('may take as long again as a slow answer took', async () => {
    const slow = () => pause(400).then(() => answer);
    expect(await ask(slow).answers(main, 5000)).toEqual(predicted);
  });

  it('that fails is logged with why, and rejects nothing', async () => {
    const mirrors = ask(() => Promise.reject(new Error('out of order')));
    await pause(5);
    expect(await mirrors.answers(main, 1)).toEqual([
      { entity: shadow, error: 'out of order', errorCode: 'INTERNAL_ERROR' },
    ]);
  });

  it('that stood in for an entity which failed is no mirror of itself', async () => {
    expect(await ask(counted().score).answers(shadow, 1)).toEqual([]);
  });
});
