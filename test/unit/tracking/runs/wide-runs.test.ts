import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactRuns } from '../../../../functions/tracking/segments/compact-runs.ts';
import { anExperiment, aRun, asObject, get, log, post, runData, useTracking } from '../api.ts';

useTracking();

const many = (count: number, of: (i: number) => { key: string; value: string }) =>
  Array.from({ length: count }, (_, i) => of(i));
const PARAMS = many(100, (i) => ({ key: `p${i}`, value: `${i} `.padEnd(6000, 'x') }));
const TAGS = many(100, (i) => ({ key: `t${i}`, value: `${i} `.padEnd(8000, 'ä') }));

async function aWideRun(experiment_id: string): Promise<string> {
  const run_id = await aRun({ experiment_id, run_name: 'wide', start_time: 1 });
  expect(await log(run_id, { params: PARAMS, tags: TAGS })).toMatchObject({ status: 200 });
  return run_id;
}

const setTag = (run_id: string, key: string, value: string) =>
  post('/runs/set-tag', { run_id, key, value });

describe('a run with megabytes of params and tags', () => {
  it('is read, searched, changed and ended as any other', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aWideRun(experiment_id);
    const { params, tags } = await runData(run_id);
    expect(asObject(params)).toEqual(asObject(PARAMS));
    expect(asObject(tags)).toEqual({ ...asObject(TAGS), 'mlflow.runName': 'wide' });
    const found = async (filter: string) =>
      (await post('/runs/search', { experiment_ids: [experiment_id], filter })).body.runs?.length;
    expect(await found("params.p99 LIKE '99 x%' AND params.p0 LIKE '0 x%'")).toBe(1);
    expect(await found("params.p98 LIKE '99 %'")).toBe(undefined);

    expect((await log(run_id, { params: PARAMS, tags: TAGS })).status).toBe(200);
    for (const key of ['p0', 'p99']) {
      const other = await log(run_id, { params: [{ key, value: 'other' }] });
      expect(other.body.message, key).toContain('Changing param values is not allowed');
    }
    expect((await setTag(run_id, 't99', 'short')).status).toBe(200);
    expect((await setTag(run_id, 't0', 'short')).status).toBe(200);
    expect((await post('/runs/delete-tag', { run_id, key: 't98' })).status).toBe(200);
    expect((await post('/runs/delete-tag', { run_id, key: 't98' })).status).toBe(404);
    const ended = { run_id, status: 'FINISHED', end_time: 5, run_name: 'ended' };
    expect((await post('/runs/update', ended)).status).toBe(200);
    const after = asObject((await runData(run_id)).tags);
    expect(after).toMatchObject({ t99: 'short', t0: 'short', 'mlflow.runName': 'ended' });
    expect(after).not.toHaveProperty('t98');

    await post('/runs/delete', { run_id });
    expect((await setTag(run_id, 't1', 'x')).status).toBe(400);
  });

  it('is as it was after it was settled, and takes more', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aWideRun(experiment_id);
    await post('/runs/update', { run_id, status: 'FINISHED', end_time: 5 });
    const rest = { ended: 0, running: 0, crowd: 0, sought: 0 };
    const limits = { minRuns: 1, maxFresh: 1000, maxRuns: 3, maxRows: 6, crowd: 1000, rest };
    expect(await compactRuns(experiment_id, Date.now() + 60_000, limits)).toBe(1);
    const search = await post('/runs/search', { experiment_ids: [experiment_id] });
    expect(asObject(search.body.runs[0]?.data.params)).toEqual(asObject(PARAMS));
    expect((await log(run_id, { params: [{ key: 'new', value: '1' }] })).status).toBe(200);
    expect(asObject((await runData(run_id)).params)).toEqual({ ...asObject(PARAMS), new: '1' });
  });

  it('is refused more than 3 MB, and keeps what it has', async () => {
    const run_id = await aWideRun('0');
    const before = await runData(run_id);
    const more = many(100, (i) => ({ key: `u${i}`, value: 'ä'.repeat(8000) }));
    expect(await log(run_id, { tags: more })).toMatchObject({
      status: 400,
      body: { message: `Run ${run_id} is full: its params and tags together may have 3 MB` },
    });
    expect(await runData(run_id)).toEqual(before);
  });

  it('ends although its params have left no room for that', async () => {
    const run_id = await aRun({ start_time: 1 });
    await log(run_id, { params: PARAMS.slice(0, 66) });
    // As long as the item may be, and not a byte longer.
    let size = 0;
    for (let step = 4096; step >= 1; step = Math.floor(step / 2)) {
      for (;;) {
        const { body } = await setTag(run_id, 'fill', 'y'.repeat(Math.min(size + step, 8000)));
        if (body.error_code || size + step > 8000) break;
        size += step;
      }
    }
    const ended = { run_id, status: 'FINISHED', end_time: 1_700_000_000_000 };
    expect((await post('/runs/update', ended)).status).toBe(200);
    const { body } = await get('/runs/get', { run_id });
    expect(body.run.info).toMatchObject({ status: 'FINISHED', end_time: 1_700_000_000_000 });
    expect(asObject(body.run.data.params)).toEqual(asObject(PARAMS.slice(0, 66)));
  });

  it('holds what a plain map holds, whatever is logged at once', async () => {
    const pair = fc.record({ key: fc.nat(30), size: fc.constantFrom(1, 3000, 7900) });
    const batch = fc.record({
      tags: fc.uniqueArray(pair, { maxLength: 12, selector: ({ key }) => key }),
      params: fc.uniqueArray(fc.nat(150), { maxLength: 40 }),
      deleted: fc.nat(40),
    });
    const text = (key: number, size: number) => `${key} `.padEnd(size, 'z');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(batch, { maxLength: 3 }), { maxLength: 6 }),
        async (rounds) => {
          const run_id = await aRun({ start_time: 1, run_name: 'r' });
          await log(run_id, { params: PARAMS.slice(0, 70) });
          const params = asObject(PARAMS.slice(0, 70));
          const tags: Record<string, string> = { 'mlflow.runName': 'r' };
          for (const round of rounds) {
            // Writers of different tags: what they write does not depend on who comes first.
            await Promise.all(
              round.map(async (one, writer) => {
                const given = {
                  params: one.params.map((i) => ({ key: `q${i}`, value: text(i, 5000) })),
                  tags: one.tags.map(({ key, size }) => ({
                    key: `w${writer}-${key}`,
                    value: text(key, size),
                  })),
                };
                expect((await log(run_id, given)).status).toBe(200);
                Object.assign(params, asObject(given.params));
                Object.assign(tags, asObject(given.tags));
                const key = `w${writer}-${one.deleted}`;
                const gone = await post('/runs/delete-tag', { run_id, key });
                expect(gone.status).toBe(key in tags ? 200 : 404);
                delete tags[key];
              }),
            );
          }
          const data = await runData(run_id);
          expect(asObject(data.params)).toEqual(params);
          expect(asObject(data.tags)).toEqual(tags);
        },
      ),
      { numRuns: 15 },
    );
  });
});
