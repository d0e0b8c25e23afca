import { describe, expect, it } from 'vitest';
import type { LiveConfig } from '../../../../functions/serving/endpoints/endpoint.ts';
import { Snapshots } from '../../../../functions/serving/invoke/snapshots.ts';
import { modelId } from '../../../../functions/serving/invoke/warm-models.ts';

const liveOf = (endpoint: string, ...versions: string[]): LiveConfig => ({
  endpoint,
  endpointId: endpoint,
  revision: 1,
  config: 1,
  creator: 'ana',
  entities: versions.map((version) => ({
    name: version,
    model: 'm',
    version,
    location: { bucket: 'b', key: version },
    weight: 1,
    mirror: 0,
  })),
});

/** A process with room for a hundred bytes, in which a version takes as many as its number says. */
function aProcess(endpoints: Readonly<Record<string, LiveConfig>>) {
  const [loaded, released]: [string[], string[]] = [[], []];
  const snapshots = new Snapshots({
    readLive: async (endpoint) => endpoints[endpoint],
    clock: () => 0,
    maxBytes: 100,
    loadModel: async ({ version }) => {
      loaded.push(version);
      return {
        runtime: 'native',
        bytes: Number(version),
        score: async () => version,
        release: async () => void released.push(version),
      };
    },
  });
  const { get, prepare } = snapshots;
  return { get, prepare, loaded, released };
}

describe('the memory of a process', () => {
  it('is for the versions that were asked for last, whoever serves the others', async () => {
    const names = { a: '40', b: '41', c: '42' };
    const endpoints = Object.entries(names).map(([name, version]) => [name, liveOf(name, version)]);
    const { get, loaded, released } = aProcess(Object.fromEntries(endpoints));
    await get('a');
    await get('b');
    await get('a');
    expect(loaded).toEqual(['40', '41']);
    await get('c');
    expect(released).toEqual(['41']);
    await get('a');
    await get('c');
    expect(loaded).toEqual(['40', '41', '42']);
    // Whose version had to go is loaded anew.
    expect((await get('b'))?.live.endpoint).toBe('b');
    expect(loaded).toEqual(['40', '41', '42', '41']);
    expect(released).toEqual(['41', '40']);
  });

  it('is for all versions of an endpoint together, though they take more than there is', async () => {
    const { get, loaded, released } = aProcess({
      small: liveOf('small', '10'),
      large: liveOf('large', '90', '91'),
    });
    await get('small');
    expect((await get('large'))?.models.size).toBe(2);
    expect(released).toEqual(['10']);
    await get('large');
    expect(loaded).toEqual(['10', '90', '91']);
  });

  it('has room for a version that is prepared, before one that is served', async () => {
    const { get, prepare, released } = aProcess({ a: liveOf('a', '60') });
    await get('a');
    const { location } = liveOf('b', '70').entities[0] ?? { location: { bucket: '', key: '' } };
    await prepare({ model: 'm', version: '70', location });
    expect(released).toEqual(['60']);
    expect((await get('a'))?.models.size).toBe(1);
    expect(released).toEqual(['60', '70']);
  });
});

it('tells a version from itself with other variables, in whatever order they stand', () => {
  const version = { model: 'm', version: '1', location: { bucket: 'b', key: 'k' } };
  const id = (environmentVars?: Record<string, string>) =>
    modelId({ ...version, ...(environmentVars && { environmentVars }) });
  expect(new Set([id(), id({ A: '1' }), id({ A: '2' }), id({ B: '1' })]).size).toBe(4);
  expect(id({ A: '1', B: '2' })).toBe(id({ B: '2', A: '1' }));
});
