import { describe, expect, it } from 'vitest';
import type { LiveConfig } from '../../../../functions/serving/endpoints/endpoint.ts';
import type { Scorer } from '../../../../functions/serving/invoke/scorer.ts';
import { Snapshots } from '../../../../functions/serving/invoke/snapshots.ts';
import { invalid } from '../../../../functions/shared/errors.ts';

function aLive(revision: number, ...versions: string[]): LiveConfig {
  return {
    endpoint: 'e',
    endpointId: 'id',
    revision,
    config: 1,
    creator: 'ana',
    entities: versions.map((version) => ({
      name: `of ${version}`,
      model: 'm',
      version,
      location: { bucket: 'b', key: version },
      weight: 100,
      mirror: 0,
    })),
  };
}

/** Snapshots over a live row that the test sets, and loads that it lets finish. */
function setUp() {
  const state = { now: 0, live: aLive(1, '1') as LiveConfig | undefined, reads: 0 };
  const released: string[] = [];
  const loads: { version: string; finish: () => void; fail: (error: Error) => void }[] = [];
  const snapshots = new Snapshots({
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

  it('keep the old version for all while one of the new ones does not load', async () => {
    const { state, loads, served, firstLoad } = setUp();
    await firstLoad();
    state.live = aLive(2, '2', '3');
    state.now = 250;
    await served();
    loads[1]!.finish();
    loads[2]!.fail(invalid('a file is missing'));
    await tick();
    expect(await served()).toBe('1');
    state.now = 500;
    expect(await served()).toBe('1');
    // What is loaded stays so.
    expect(loads.map(({ version }) => version)).toEqual(['1', '2', '3', '3']);
    loads[3]!.finish();
    await tick();
    expect(await served()).toBe('2');
  });

  it('are of those that load where there is no old version, or it is too old', async () => {
    const { state, loads, snapshots, firstLoad } = setUp();
    await firstLoad();
    state.live = aLive(2, '2', '3');
    state.now = 3600_000;
    const waiting = snapshots.get('e');
    await tick();
    loads[1]!.finish();
    loads[2]!.fail(invalid('a file is missing'));
    const { live, models, problems } = (await waiting)!;
    expect(live.entities.map((entity) => models.has(entity))).toEqual([true, false]);
    expect(problems.get(live.entities[1]!)).toMatchObject({
      code: 'INTERNAL_ERROR',
      message: "Version 3 of 'm' cannot be loaded: a file is missing",
    });
    // Nobody waits for what is tried again.
    state.now += 300;
    expect((await snapshots.get('e'))?.problems.size).toBe(1);
    loads[3]!.finish();
    await tick();
    expect((await snapshots.get('e'))?.problems.size).toBe(0);
  });

  it('say nothing of what lies behind a fault of the object store', async () => {
    const { loads, snapshots } = setUp();
    const waiting = snapshots.get('e');
    await tick();
    loads[0]!.fail(new Error('socket 10.0.0.7 hung up'));
    await expect(waiting).rejects.toMatchObject({
      code: 'TEMPORARILY_UNAVAILABLE',
      message: "Version 1 of 'm' cannot be loaded at the moment",
    });
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
      const loaded = snapshots.prepare({
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
