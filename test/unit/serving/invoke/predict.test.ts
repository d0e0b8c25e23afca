import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LiveConfig, LiveEntity } from '../../../../functions/serving/endpoints/endpoint.ts';
import { predict, predictWithFallback } from '../../../../functions/serving/invoke/predict.ts';
import { invalid } from '../../../../functions/shared/errors.ts';

const anEntity = (name: string, weight: number): LiveEntity => ({
  name,
  model: 'm',
  version: name,
  location: { bucket: 'b', key: name },
  weight,
  mirror: 0,
});
const [first, second, third] = [anEntity('1', 10), anEntity('2', 30), anEntity('3', 60)] as const;
const rows = {
  body: Buffer.from('{"instances": [[1]]}'),
  contentType: 'application/json',
  table: () => ({ columns: ['x'], rows: [[1]] }),
};

/** An endpoint whose entities answer with their name, or fail as they are told to. */
function anEndpoint(
  failing: Readonly<Record<string, Error>>,
  options: { fallback?: true } = {},
  runtime: 'native' | 'python' = 'native',
) {
  const live: LiveConfig = {
    endpoint: 'e',
    endpointId: 'id',
    revision: 1,
    config: 1,
    creator: 'ana',
    entities: [first, second, third],
    ...options,
  };
  const predictor =
    ({ name }: LiveEntity) =>
    async () => {
      await pause(5);
      if (failing[name]) throw failing[name];
      return `{"predictions":["${name}"]}`;
    };
  const models = new Map(live.entities.map((one) => [one, { runtime, score: predictor(one) }]));
  return { live, models, problems: new Map() };
}

const broken = new Error('out of order');

describe('predictWithFallback', () => {
  it('lets the entity with the most traffic answer for one that fails', async () => {
    const endpoint = anEndpoint({ 1: broken }, { fallback: true });
    expect(await predictWithFallback(endpoint, first, rows, { pythonMs: 0 })).toEqual({
      entity: third,
      body: '{"predictions":["3"]}',
    });
  });

  it('goes on until one answers, and fails when none does', async () => {
    const two = anEndpoint({ 1: broken, 3: broken }, { fallback: true });
    expect((await predictWithFallback(two, first, rows, { pythonMs: 0 })).entity).toBe(second);
    const all = anEndpoint({ 1: broken, 2: broken, 3: broken }, { fallback: true });
    await expect(predictWithFallback(all, first, rows, { pythonMs: 0 })).rejects.toThrow(broken);
  });

  it('leaves it at the chosen one when the endpoint does not ask for more', async () => {
    const endpoint = anEndpoint({ 1: broken });
    await expect(predictWithFallback(endpoint, first, rows, { pythonMs: 0 })).rejects.toThrow(
      broken,
    );
  });

  it('does not hide what the caller did wrong', async () => {
    const endpoint = anEndpoint({ 1: invalid('missing input') }, { fallback: true });
    await expect(predictWithFallback(endpoint, first, rows, { pythonMs: 0 })).rejects.toThrow(
      'missing input',
    );
  });

  it('tells the time of models in Python, failed tries among it', async () => {
    const spentBy = async (runtime: 'native' | 'python') => {
      const endpoint = anEndpoint({ 1: broken }, { fallback: true }, runtime);
      const spent = { pythonMs: 0 };
      await predictWithFallback(endpoint, first, rows, spent);
      await predict(endpoint, second, rows, spent);
      return spent.pythonMs;
    };
    expect(await spentBy('native')).toBe(0);
    // Three models answered, each after 5 ms; a timer may fire a fraction early.
    expect(await spentBy('python')).toBeGreaterThanOrEqual(12);
  });
});
