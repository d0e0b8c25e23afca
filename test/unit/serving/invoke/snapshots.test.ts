import { describe, expect, it } from 'vitest';
import type { LiveConfig } from '../../../../functions/serving/endpoints/endpoint.ts';
import type { Scorer } from '../../../../functions/serving/invoke/scorer.ts';
import { createSnapshots } from '../../../../functions/serving/invoke/snapshots.ts';

function aLive(revision: number, version: string): LiveConfig {
  const entity = { name: 'a', model: 'm', version, location: { bucket: 'b', key: version } };
  return {
    endpoint: 'e',
    endpointId: 'id',
    revision,
    config: 1,
    creator: 'ana',
    entities: [{ ...entity, weight: 100, mirror: 0 }],
  };
}

/** Snapshots over a live row that the test sets, and loads that it lets finish. */
function setUp() {
  const state = { now: 0, live: aLive(1, '1') as LiveConfig | undefined, reads: 0 };
  const released: string[] = [];
  const loads: { version: string; finish: () => void; fail: (error: Error) => void }[] = [];
  const snapshots = createSnapshots({
    readLive: async () => {
      state.reads++;
      return state.live;
    },
    loadModel: ({ version }) =>
      new Promise<Scorer>((resolve, reject) => {
        loads.push({
          version,
          finish: () =>
            resolve({
              runtime: 'native',
              score: async () => version,
              release: async () => void released.push(version),
            }),
          fail: reject,
        });
      }),
    clock: () => state.now,
  });
  const served = async () => (await snapshots.get('e'))?.live.entities[0]?.version;
  const firstLoad = async () => {
    const first = served();
    await tick();
    loads[0]!.finish();
    return first;
  };
  return { state, loads, released, snapshots, served, firstLoad };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('snapshots', () => {
  it('make the first request wait for the model, and later ones for nothing', async () => {
    const { state, loads, served, firstLoad } = setUp();
    expect(await firstLoad()).toBe('1');
    state.now = 149;
    expect(await served()).toBe('1');
    expect(loads).toHaveLength(1);
    expect(state.reads).toBe(1);
  });

  it('answer by the old version until the new one is loaded', async () => {
    const { state, loads, served, firstLoad } = setUp();
    await firstLoad();
    state.live = aLive(2, '2');
    state.now = 150;
    expect(await served()).toBe('1');
    expect(loads.map(({ version }) => version)).toEqual(['1', '2']);
    loads[1]!.finish();
    await tick();
    expect(await served()).toBe('2');
  });

  it('let requests wait once the change may be three quarters of a second old', async () => {
    const { state, loads, served, firstLoad } = setUp();
    await firstLoad();
    state.live = aLive(2, '2');
    state.now = 150;
    await served();
    state.now = 750;
    expect(await served()).toBe('1');
    state.now = 1001;
    const waiting = served();
    await tick();
    loads[1]!.finish();
    expect(await waiting).toBe('2');
  });

  it('let the first request after a rest wait: the change may have come at its beginning', async () => {
    const { state, loads, served, firstLoad } = setUp();
    await firstLoad();
    state.live = aLive(2, '2');
    state.now = 3600_000;
    const waiting = served();
    await tick();
    loads[1]!.finish();
    expect(await waiting).toBe('2');
  });

  it('keep the old version when the new one does not load, and try again', async () => {
    const { state, loads, served, firstLoad } = setUp();
    await firstLoad();
    state.live = aLive(2, '2');
    state.now = 150;
    await served();
    loads[1]!.fail(new Error('S3 is away'));
    await tick();
    expect(await served()).toBe('1');
    state.now = 500;
    expect(await served()).toBe('1');
    loads[2]!.finish();
    await tick();
    expect(await served()).toBe('2');
  });

  it('switch back at once to a version that is warm still', async () => {
    const { state, loads, served, firstLoad } = setUp();
    await firstLoad();
    state.live = aLive(2, '2');
    state.now = 150;
    await served();
    loads[1]!.finish();
    await tick();
    state.live = aLive(3, '1');
    state.now = 600;
    await served();
    await tick();
    expect(await served()).toBe('1');
    expect(loads).toHaveLength(2);
  });

  it('forget a deleted endpoint', async () => {
    const { state, served, firstLoad } = setUp();
    await firstLoad();
    state.live = undefined;
    state.now = 150;
    expect(await served()).toBeUndefined();
  });

  it('let a version give its memory back when twelve others were used since', async () => {
    const { loads, released, snapshots } = setUp();
    for (let i = 0; i < 13; i++) {
      const loaded = snapshots.model({
        model: 'm',
        version: String(i),
        location: { bucket: 'b', key: String(i) },
      });
      loads.at(-1)?.finish();
      await loaded;
    }
    await tick();
    expect(released).toEqual(['0']);
  });
});
