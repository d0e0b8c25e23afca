import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { dynamo, getItem, writeOne } from '../../../../functions/shared/dynamo/index.ts';
import { compactRuns } from '../../../../functions/tracking/segments/compact-runs.ts';
import {
  loadManifest,
  loadSegments,
} from '../../../../functions/tracking/segments/segment-store.ts';
import { before, killAt } from '../../../support/crash/kill-at.ts';
import { anExperiment, aRun, asObject, get, log, post, useTracking } from '../api.ts';
import { EAGER } from '../eager-compaction.ts';

useTracking();

const later = () => Date.now() + 60_000;

interface ModelRun {
  name: string;
  start: number;
  id: string;
  status: string;
  deleted: boolean;
  metrics: Record<string, number>;
  params: Record<string, string>;
  tags: Record<string, string>;
}

type Op =
  | { readonly kind: 'create'; readonly start: number }
  | { readonly kind: 'metric' | 'param' | 'tag'; readonly run: number; readonly key: string }
  | { readonly kind: 'end' | 'delete' | 'restore'; readonly run: number }
  | { readonly kind: 'compact'; readonly rows: number }
  | {
      readonly kind: 'killed';
      readonly rows: number;
      readonly call: number;
      readonly done: boolean;
    }
  | {
      readonly kind: 'during';
      readonly rows: number;
      readonly call: number;
      readonly write: { readonly kind: 'metric'; readonly run: number; readonly key: string };
    }
  | { readonly kind: 'read'; readonly size: number; readonly order: readonly string[] };

const run = fc.nat({ max: 11 });
const call = fc.integer({ min: 1, max: 16 });
/** Rows of a segment: with as few as a pass has, segments are never written anew. */
const rows = fc.constantFrom(3, 6);
const operation: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('create' as const), start: fc.nat(4) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('metric' as const, 'param' as const, 'tag' as const),
      run,
      key: fc.constantFrom('a', 'b', '__proto__'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('end' as const, 'delete' as const, 'restore' as const),
      run,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('compact' as const), rows }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('during' as const),
      rows,
      call,
      write: fc.record({ kind: fc.constant('metric' as const), run, key: fc.constant('a') }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('killed' as const),
      rows,
      call,
      done: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      size: fc.integer({ min: 1, max: 5 }),
      order: fc.constantFrom([], ['metrics.a DESC'], ['params.b', 'start_time'], ['tags.a DESC']),
    }),
  },
);

describe('a search', () => {
  it('reads the same as a model, whatever was written, deleted, compacted and killed in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 6, maxLength: 40 }), async (operations) => {
        const experiment = await anExperiment();
        const model: ModelRun[] = [];
        for (const [i, op] of operations.entries()) await apply(experiment, model, op, i);
        await read(experiment, model, 50, []);
        await read(experiment, model, 2, ['metrics.a']);
      }),
      { numRuns: 40 },
    );
  });
});

async function apply(experiment: string, model: ModelRun[], op: Op, i: number): Promise<void> {
  if (op.kind === 'create') {
    const name = `r${model.length}`;
    const id = await aRun({ experiment_id: experiment, run_name: name, start_time: op.start });
    const tags = { 'mlflow.runName': name };
    model.push({
      name,
      id,
      start: op.start,
      status: 'RUNNING',
      deleted: false,
      metrics: {},
      params: {},
      tags,
    });
    return;
  }
  const compact = (maxRows: number) => compactRuns(experiment, later(), { ...EAGER, maxRows });
  if (op.kind === 'compact') return void (await compact(op.rows));
  if (op.kind === 'killed') return killAt(op.call, op.done, () => compact(op.rows));
  if (op.kind === 'read') return read(experiment, model, op.size, op.order);
  const one = op.kind === 'during' ? op.write : op;
  const target = model[one.run % Math.max(1, model.length)];
  if (!target) return;
  if (op.kind !== 'during') return write(target, one, i);
  await before(
    op.call,
    () => write(target, one, i),
    () => compact(op.rows),
  );
}

async function write(
  target: ModelRun,
  op: Extract<Op, { readonly run: number }>,
  i: number,
): Promise<void> {
  const run_id = target.id;
  if (op.kind === 'delete' || op.kind === 'restore') {
    await post(`/runs/${op.kind}`, { run_id });
    target.deleted = op.kind === 'delete';
    return;
  }
  const answer = await send(run_id, op, i);
  const changed = op.kind === 'param' && Object.hasOwn(target.params, keyOf(op));
  expect(answer.status).toBe(target.deleted || changed ? 400 : 200);
  if (answer.status !== 200) return;
  if (op.kind === 'end') target.status = 'FINISHED';
  else define(target[`${op.kind}s`], keyOf(op), op.kind === 'metric' ? i : `${i}`);
}

function send(run_id: string, op: Extract<Op, { readonly run: number }>, i: number) {
  if (op.kind === 'end') return post('/runs/update', { run_id, status: 'FINISHED', end_time: 9 });
  const key = keyOf(op);
  if (op.kind === 'metric') {
    return log(run_id, { metrics: [{ key, value: i, timestamp: i, step: i }] });
  }
  return log(run_id, { [`${op.kind}s`]: [{ key, value: `${i}` }] });
}

const keyOf = (op: Op) => ('key' in op ? op.key : '');

const define = (record: object, key: string, value: unknown) =>
  Object.defineProperty(record, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });

const entriesOf = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

/** Pages through all runs and compares them with the model, in the model's order. */
async function read(
  experiment: string,
  model: readonly ModelRun[],
  size: number,
  order_by: readonly string[],
): Promise<void> {
  const found: unknown[] = [];
  let token: string | undefined;
  do {
    const { body } = await post('/runs/search', {
      experiment_ids: [experiment],
      run_view_type: 'ALL',
      max_results: size,
      order_by,
      ...(token && { page_token: token }),
    });
    for (const { info, data } of body.runs ?? []) {
      found.push([
        info.run_name,
        info.status,
        info.lifecycle_stage,
        entriesOf(asObject(data.metrics)),
        entriesOf(asObject(data.params)),
        entriesOf(asObject(data.tags)),
      ]);
    }
    token = body.next_page_token;
  } while (token);
  expect(found).toEqual(
    sorted(model, order_by).map((one) => [
      one.name,
      one.status,
      one.deleted ? 'deleted' : 'active',
      entriesOf(one.metrics),
      entriesOf(one.params),
      entriesOf(one.tags),
    ]),
  );
}

function sorted(model: readonly ModelRun[], order_by: readonly string[]): ModelRun[] {
  const field = (one: ModelRun, clause: string): number | string | undefined => {
    const name = clause.split(' ')[0] ?? '';
    if (name === 'start_time') return one.start;
    const [kind, key] = name.split('.') as ['metrics' | 'params' | 'tags', string];
    return one[kind][key];
  };
  return model.toSorted((a, b) => {
    for (const clause of order_by) {
      const [x, y] = [field(a, clause), field(b, clause)];
      if (x === y) continue;
      if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
      return (x < y ? -1 : 1) * (clause.endsWith('DESC') ? -1 : 1);
    }
    return b.start - a.start || (a.id < b.id ? -1 : 1);
  });
}

describe('compaction', () => {
  it('leaves few runs fresh, and few segments', async () => {
    const experiment_id = await anExperiment();
    for (let i = 0; i < 30; i++) {
      await aRun({ experiment_id, start_time: i });
      if (i % 3 === 0) await compactRuns(experiment_id, later(), EAGER);
    }
    await compactRuns(experiment_id, later(), { ...EAGER, maxRows: 100 });
    const { segments, unlisted } = await loadManifest(experiment_id);
    expect(segments.reduce((sum, { rows }) => sum + rows, 0)).toBe(30);
    expect(segments.length).toBeLessThan(10);
    expect(segments.every(({ settling }) => !settling)).toBe(true);
    expect(unlisted.length).toBeGreaterThan(0);
  });

  it('makes a page of settled runs two calls, however many there are', async () => {
    const experiment_id = await anExperiment();
    for (let i = 0; i < 12; i++) await aRun({ experiment_id, start_time: i });
    await compactRuns(experiment_id, later(), EAGER);
    const search = () => post('/runs/search', { experiment_ids: [experiment_id] });
    await search();
    const send = vi.spyOn(dynamo(), 'send');
    const { body } = await search();
    expect(body.runs).toHaveLength(12);
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('that died anywhere leaves nothing that the next one does not set right', async () => {
    const limits = { ...EAGER, maxRows: 3 };
    for (let call = 1; call <= 14; call++) {
      const experiment_id = await anExperiment();
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) ids.push(await aRun({ experiment_id, start_time: i }));
      const [run_id = ''] = ids;
      const set = (value: number) =>
        log(run_id, { metrics: [{ key: 'a', value, timestamp: value, step: value }] });
      await set(1);
      await killAt(call, call % 2 === 0, () => compactRuns(experiment_id, later(), limits));
      await set(2);
      await compactRuns(experiment_id, later(), limits);
      for (const order_by of [[], ['metrics.a'], ['metrics.a DESC']]) {
        const { body } = await post('/runs/search', { experiment_ids: [experiment_id], order_by });
        const values = body.runs.map((run) => run.data.metrics?.[0]?.value);
        expect(values.filter((value: unknown) => value !== undefined)).toEqual([2]);
        expect(values).toHaveLength(3);
      }
    }
  });

  it('serves the runs of a damaged segment from their heads', async () => {
    const experiment_id = await anExperiment();
    const ids: string[] = [];
    for (let i = 0; i < 9; i++) ids.push(await aRun({ experiment_id, start_time: i }));
    await compactRuns(experiment_id, later(), EAGER);
    const { segments } = await loadManifest(experiment_id);
    const key = { pk: `SEGMENT#${segments[0]?.id}`, sk: 'ROWS' };
    const item = await getItem<{ body: Uint8Array }>('tracking', key);
    const body = Uint8Array.from(item?.body ?? []);
    body[20] = (body[20] ?? 0) ^ 1;
    await writeOne({ table: 'tracking', put: { ...item, body } });
    await log(ids[0] ?? '', { tags: [{ key: 'late', value: 'x' }] });
    await compactRuns(experiment_id, later(), EAGER);
    const found = await post('/runs/search', { experiment_ids: [experiment_id], max_results: 4 });
    const rest = await post('/runs/search', {
      experiment_ids: [experiment_id],
      page_token: found.body.next_page_token,
    });
    const all = [...found.body.runs, ...rest.body.runs].map(({ info }) => info.run_id);
    expect(all).toEqual(ids.toReversed());
  });

  it('keeps no segment in memory that was replaced', async () => {
    const experiment_id = await anExperiment();
    const settle = async () => {
      for (let i = 0; i < 3; i++) await aRun({ experiment_id, start_time: i });
      await compactRuns(experiment_id, later(), EAGER);
    };
    await settle();
    const [replaced] = (await loadManifest(experiment_id)).segments;
    const id = replaced?.id ?? '';
    expect((await loadSegments([id])).size).toBe(1);
    await settle();
    expect((await loadManifest(experiment_id)).segments).not.toContainEqual(replaced);
    await writeOne({ table: 'tracking', delete: { pk: `SEGMENT#${id}`, sk: 'ROWS' } });
    expect((await loadSegments([id])).size).toBe(0);
  });

  it('gives up no run that cannot be settled because it changes all the time', async () => {
    const experiment_id = await anExperiment();
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, i) => aRun({ experiment_id, start_time: i })),
    );
    let stop = false;
    let step = 0;
    const writer = async () => {
      while (!stop) {
        step += 1;
        const [run_id = ''] = ids;
        await log(run_id, { metrics: [{ key: 'm', value: step, timestamp: step, step }] });
      }
    };
    const writing = writer();
    for (let i = 0; i < 6; i++) await compactRuns(experiment_id, later(), EAGER);
    stop = true;
    await writing;
    const { body } = await post('/runs/search', {
      experiment_ids: [experiment_id],
      filter: `metrics.m = ${step}`,
    });
    expect(body.runs).toHaveLength(1);
    const run = (await get('/runs/get', { run_id: ids[0] ?? '' })).body.run;
    expect(run.data.metrics[0]?.value).toBe(step);
  });
});
