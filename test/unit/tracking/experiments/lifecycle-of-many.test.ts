import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactRuns } from '../../../../functions/tracking/segments/compact-runs.ts';
import { before as beforeCall, killAt } from '../../../support/crash/kill-at.ts';
import { anExperiment, aRun, get, log, post, useTracking } from '../api.ts';
import { EAGER } from '../eager-compaction.ts';

useTracking();

const compact = (experiment: string) => compactRuns(experiment, Date.now() + 60_000, EAGER);

type Change = 'delete' | 'restore';
type Op =
  | { readonly kind: 'create' | 'compact' }
  | { readonly kind: 'run'; readonly change: Change; readonly run: number }
  | { readonly kind: 'log'; readonly run: number }
  | { readonly kind: 'experiment'; readonly change: Change }
  | { readonly kind: 'compacted while' | 'while compacted'; change: Change; call: number }
  | { readonly kind: 'while logged'; change: Change; run: number; call: number }
  | { readonly kind: 'killed'; change: Change; call: number; done: boolean; next: Change }
  | { readonly kind: 'compaction killed'; call: number; done: boolean };

const change = fc.constantFrom<Change>('delete', 'restore');
const run = fc.nat({ max: 8 });
const call = fc.integer({ min: 1, max: 14 });
const done = fc.boolean();
const kind = <K extends string>(name: K) => fc.constant(name);
const operation: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: kind('create') }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('compact') }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('run'), change, run }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('log'), run }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('experiment'), change }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('compacted while'), change, call }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('while compacted'), change, call }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('while logged'), change, run, call }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('killed'), change, call, done, next: change }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('compaction killed'), call, done }) },
);

interface Model {
  readonly experiment: string;
  deleted: boolean;
  readonly runs: { readonly id: string; deleted: boolean; tag: string | undefined }[];
}

const setAll = (model: Model, to: Change) => {
  model.deleted = to === 'delete';
  for (const one of model.runs) one.deleted = model.deleted;
};

async function setExperiment(model: Model, to: Change): Promise<number> {
  const { status } = await post(`/experiments/${to}`, { experiment_id: model.experiment });
  if (status === 200) setAll(model, to);
  return status;
}

/** A tag or a point, which are refused by different items. */
async function logTo(target: Model['runs'][number], i: number): Promise<number> {
  if (i % 2 === 0) {
    const point = { key: 'm', value: i, timestamp: i, step: i };
    return (await log(target.id, { metrics: [point] })).status;
  }
  const { status } = await log(target.id, { tags: [{ key: 'a', value: `${i}` }] });
  if (status === 200) target.tag = `${i}`;
  return status;
}

async function apply(model: Model, op: Op, i: number): Promise<void> {
  const { experiment, runs } = model;
  const target = 'run' in op ? runs[op.run % Math.max(1, runs.length)] : undefined;
  if (op.kind === 'create') {
    if (!model.deleted) {
      const id = await aRun({ experiment_id: experiment, start_time: i % 4 });
      runs.push({ id, deleted: false, tag: undefined });
    }
  } else if (op.kind === 'compact') await compact(experiment);
  else if (op.kind === 'run' && target) {
    await post(`/runs/${op.change}`, { run_id: target.id });
    target.deleted = op.change === 'delete';
  } else if (op.kind === 'log' && target) {
    expect(await logTo(target, i)).toBe(target.deleted ? 400 : 200);
  } else if (op.kind === 'while logged' && target) {
    await beforeCall(
      op.call,
      () => setExperiment(model, op.change),
      () => logTo(target, i),
    );
  } else if (op.kind === 'experiment') {
    const expected = model.deleted === (op.change === 'delete') ? 404 : 200;
    expect(await setExperiment(model, op.change)).toBe(expected);
  } else if (op.kind === 'compacted while') {
    await beforeCall(
      op.call,
      () => compact(experiment),
      () => setExperiment(model, op.change),
    );
  } else if (op.kind === 'while compacted') {
    await beforeCall(
      op.call,
      () => setExperiment(model, op.change),
      () => compact(experiment),
    );
  } else if (op.kind === 'compaction killed') {
    await killAt(op.call, op.done, () => compact(experiment));
  } else if (op.kind === 'killed') await killed(model, op);
}

/** What was interrupted is compacted, then goes on or is taken back. */
async function killed(model: Model, op: Extract<Op, { readonly kind: 'killed' }>): Promise<void> {
  const experiment_id = model.experiment;
  await killAt(op.call, op.done, () => post(`/experiments/${op.change}`, { experiment_id }));
  await compact(experiment_id);
  const status = await setExperiment(model, op.next);
  // It had come to its end before it was killed.
  if (status !== 200 && model.deleted !== (op.next === 'delete')) setAll(model, op.next);
}

async function check({ experiment, deleted, runs }: Model): Promise<void> {
  const seen = async (run_view_type: string) => {
    const ids: string[] = [];
    let token: string | undefined;
    do {
      const { body } = await post('/runs/search', {
        experiment_ids: [experiment],
        run_view_type,
        max_results: 4,
        ...(token && { page_token: token }),
      });
      for (const { info } of body.runs ?? []) ids.push(`${info.run_id} ${info.lifecycle_stage}`);
      token = body.next_page_token;
    } while (token);
    return ids.sort();
  };
  const stageOf = (one: { readonly deleted: boolean }) => (one.deleted ? 'deleted' : 'active');
  const named = (some: Model['runs']) => some.map((one) => `${one.id} ${stageOf(one)}`).sort();
  expect(await seen('ALL')).toEqual(named(runs));
  expect(await seen('ACTIVE_ONLY')).toEqual(named(runs.filter((one) => !one.deleted)));
  expect(await seen('DELETED_ONLY')).toEqual(named(runs.filter((one) => one.deleted)));
  for (const one of runs) {
    const { body } = await get('/runs/get', { run_id: one.id });
    const tag = body.run.data.tags?.find(({ key }) => key === 'a')?.value;
    expect([body.run.info.lifecycle_stage, tag]).toEqual([stageOf(one), one.tag]);
  }
  const { body } = await get('/experiments/get', { experiment_id: experiment });
  expect(body.experiment.lifecycle_stage).toBe(stageOf({ deleted }));
}

describe('deleting and restoring an experiment', () => {
  it('reads the same as a model, whatever is at rest, compacted, killed and changed meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 6, maxLength: 30 }), async (operations) => {
        const model: Model = { experiment: await anExperiment(), deleted: false, runs: [] };
        for (const [i, op] of operations.entries()) {
          await apply(model, op, i);
          if (i % 5 === 4) await check(model);
        }
        await check(model);
      }),
      { numRuns: 25 },
    );
  });

  it('deletes runs at rest with the time of the experiment, those that were deleted before not', async () => {
    const experiment_id = await anExperiment();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await aRun({ experiment_id, start_time: i }));
    const [before = ''] = ids;
    await post('/runs/delete', { run_id: before });
    await compact(experiment_id);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const min_timestamp_millis = Date.now();
    await post('/experiments/delete', { experiment_id });
    await compact(experiment_id);
    const request = { experiment_id, max_runs: 100 };
    const restored = async (since: number) => {
      const path = '/databricks/runs/restore-runs';
      return (await post(path, { ...request, min_timestamp_millis: since })).body;
    };
    expect(await restored(min_timestamp_millis)).toEqual({ runs_restored: 4 });
    expect(await restored(0)).toEqual({ runs_restored: 1 });
    await post('/experiments/restore', { experiment_id });
    expect(await restored(0)).toEqual({ runs_restored: 0 });
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'deletes a run at rest that is logged to at the same moment, before call %d of that',
    async (call) => {
      const experiment_id = await anExperiment();
      const id = await aRun({ experiment_id });
      await compact(experiment_id);
      const remove = async () =>
        expect((await post('/experiments/delete', { experiment_id })).status).toBe(200);
      await beforeCall(call, remove, () => logTo({ id, deleted: false, tag: undefined }, 0));
      const { body } = await get('/runs/get', { run_id: id });
      expect(body.run.info.lifecycle_stage).toBe('deleted');
      expect((await log(id, { tags: [{ key: 'a', value: 'late' }] })).status).toBe(400);
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'leaves experiment and run alike when it is restored before call %d of its deletion',
    async (call) => {
      const experiment_id = await anExperiment();
      const id = await aRun({ experiment_id });
      await beforeCall(
        call,
        () => post('/experiments/restore', { experiment_id }),
        () => post('/experiments/delete', { experiment_id }),
      );
      const { experiment } = (await get('/experiments/get', { experiment_id })).body;
      const { run } = (await get('/runs/get', { run_id: id })).body;
      expect(run.info.lifecycle_stage).toBe(experiment.lifecycle_stage);
    },
  );

  it.each([
    ['points', 0],
    ['tags', 1],
  ])('lets %s be logged to runs that were at rest when it was restored', async (_what, i) => {
    const experiment_id = await anExperiment();
    const id = await aRun({ experiment_id });
    await post('/experiments/delete', { experiment_id });
    await compact(experiment_id);
    const target = { id, deleted: false, tag: undefined };
    expect(await logTo(target, i)).toBe(400);
    await compact(experiment_id);
    await post('/experiments/restore', { experiment_id });
    expect(await logTo(target, i)).toBe(200);
  });
});
