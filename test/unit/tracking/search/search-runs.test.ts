import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { anExperiment, aRun, log, post, useTracking } from '../api.ts';

useTracking();

interface Found {
  readonly names: string[];
  readonly token: string | undefined;
}

async function search(experiment_ids: readonly string[], input: object = {}): Promise<Found> {
  const { status, body } = await post('/runs/search', { experiment_ids, ...input });
  if (status !== 200) throw new Error(body.message);
  const names = (body.runs ?? []).map((run) => run.info.run_name);
  return { names, token: body.next_page_token };
}

/** Every page of a search. */
async function pages(experiment_ids: readonly string[], input: object): Promise<string[][]> {
  const found: string[][] = [];
  let token: string | undefined;
  do {
    const page = await search(experiment_ids, { ...input, ...(token && { page_token: token }) });
    found.push(page.names);
    token = page.token;
  } while (token);
  return found;
}

async function makeRun(experiment_id: string, run_name: string, batch: object, start_time: number) {
  const run_id = await aRun({ experiment_id, run_name, start_time, user_id: 'ana' });
  await log(run_id, batch);
  return run_id;
}

const metric = (key: string, value: unknown) => ({ key, value, timestamp: 1, step: 0 });

describe('searching runs', () => {
  let experiment = '';
  beforeAll(async () => {
    experiment = await anExperiment();
    const a = await makeRun(
      experiment,
      'a',
      {
        metrics: [metric('acc', 0.9), metric('loss', 'NaN')],
        params: [{ key: 'lr', value: '0.1' }],
        tags: [{ key: 'team', value: 'Ads' }],
      },
      300,
    );
    const dataset = { name: 'flights', digest: 'd1', source_type: 's', source: '{}' };
    const tags = [{ key: 'mlflow.data.context', value: 'train' }];
    await post('/runs/log-inputs', { run_id: a, datasets: [{ dataset, tags }] });
    const b = await makeRun(
      experiment,
      'b',
      { metrics: [metric('acc', 0.8), metric('loss', 2)], params: [{ key: 'lr', value: '0.2' }] },
      200,
    );
    await post('/runs/update', { run_id: b, status: 'FINISHED', end_time: 250 });
    await makeRun(experiment, 'c', { metrics: [metric('loss', 1)] }, 100);
    const gone = await makeRun(experiment, 'gone', { metrics: [metric('acc', 1)] }, 50);
    await post('/runs/delete', { run_id: gone });
  });

  it.each([
    ['', ['a', 'b', 'c']],
    ['metrics.acc > 0.85', ['a']],
    ['metrics.acc >= 0.8', ['a', 'b']],
    ['metrics.acc != 0.9', ['b']],
    ['metrics.loss = 1', ['c']],
    ["params.lr = '0.1'", ['a']],
    ["params.lr != '0.1'", ['b']],
    ['params.lr IS NULL', ['c']],
    ["tags.team LIKE 'Ad%'", ['a']],
    ["tags.team LIKE 'ad%'", []],
    ["tags.team ILIKE 'ad%' AND metrics.acc > 0.5", ['a']],
    ["status = 'FINISHED'", ['b']],
    ['attributes.start_time > 100', ['a', 'b']],
    ['end_time < 1000', ['b']],
    ["user_id = 'ana'", ['a', 'b', 'c']],
    ["datasets.name = 'flights'", ['a']],
    ["datasets.digest = 'd2'", []],
    ["dataset.context = 'train' AND datasets.name IN ('flights')", ['a']],
  ])('finds by %j', async (filter, names) => {
    expect((await search([experiment], { filter })).names).toEqual(names);
  });

  it.each([
    [[], ['a', 'b', 'c']],
    [['start_time ASC'], ['c', 'b', 'a']],
    [['start_time DESC'], ['a', 'b', 'c']],
    [['metrics.acc'], ['b', 'a', 'c']],
    [['metrics.acc DESC'], ['a', 'b', 'c']],
    [['metrics.loss'], ['c', 'b', 'a']],
    [['metrics.loss DESC'], ['b', 'c', 'a']],
    [['params.lr DESC'], ['b', 'a', 'c']],
    [
      ['attributes.status', 'run_name DESC'],
      ['b', 'c', 'a'],
    ],
    [['tags.`mlflow.runName` DESC'], ['c', 'b', 'a']],
  ])('orders by %j', async (order_by, names) => {
    expect((await search([experiment], { order_by })).names).toEqual(names);
  });

  it('shows deleted runs only when they are asked for', async () => {
    const view = (run_view_type: string) => search([experiment], { run_view_type });
    expect((await view('DELETED_ONLY')).names).toEqual(['gone']);
    expect((await view('ALL')).names).toEqual(['a', 'b', 'c', 'gone']);
  });

  it('answers with everything that was logged', async () => {
    const { body } = await post('/runs/search', {
      experiment_ids: [experiment],
      filter: "run_name = 'a'",
    });
    const [run] = body.runs;
    expect(run?.data.params).toEqual([{ key: 'lr', value: '0.1' }]);
    expect(run?.data.metrics).toHaveLength(2);
    expect(run?.inputs.dataset_inputs).toHaveLength(1);
  });

  it('finds nothing in no experiment and in one that is not there', async () => {
    expect((await search([])).names).toEqual([]);
    expect((await search(['987654'])).names).toEqual([]);
  });

  it.each([
    [{ max_results: 50_001 }, "Invalid value 50001 for parameter 'max_results' supplied"],
    [{ filter: 'nonsense' }, 'Invalid clause(s)'],
    [{ order_by: ['metrics.a', 'metrics.a'] }, 'duplicate fields'],
    [{ order_by: ['datasets.name'] }, 'Invalid order_by entity type'],
    [{ order_by: ['`Run Name`'] }, "Invalid attribute key 'Run Name'"],
    [{ page_token: 'x' }, 'Invalid page token'],
  ])('refuses %j', async (input, message) => {
    await expect(search([experiment], input)).rejects.toThrow(message);
  });

  it('refuses the token of a search with another order', async () => {
    const { token } = await search([experiment], { max_results: 1 });
    const other = { max_results: 1, order_by: ['metrics.acc'], page_token: token };
    await expect(search([experiment], other)).rejects.toThrow('Invalid page token');
  });
});

describe('pages of runs', () => {
  it('cover two experiments newest first, ties by id, nothing twice', async () => {
    const ids = [await anExperiment(), await anExperiment()];
    const times = [5, 3, 3, 9, 1, 3, 7];
    const runs = await Promise.all(
      times.map(async (start_time, i) => ({
        start_time,
        id: await aRun({ experiment_id: ids[i % 2], run_name: `r${i}`, start_time }),
        name: `r${i}`,
      })),
    );
    const expected = runs
      .toSorted((a, b) => b.start_time - a.start_time || (a.id < b.id ? -1 : 1))
      .map(({ name }) => name);
    const found = await pages(ids, { max_results: 3 });
    expect(found.flat()).toEqual(expected);
    expect(found.map((page) => page.length)).toEqual([3, 3, 1]);
  });

  it('neither repeat nor skip a run when newer ones come between them', async () => {
    const id = await anExperiment();
    for (let i = 0; i < 6; i++) await aRun({ experiment_id: id, run_name: `r${i}`, start_time: i });
    const first = await search([id], { max_results: 3 });
    await aRun({ experiment_id: id, run_name: 'new', start_time: 100 });
    const second = await search([id], { max_results: 3, page_token: first.token });
    expect([...first.names, ...second.names]).toEqual(['r5', 'r4', 'r3', 'r2', 'r1', 'r0']);
    expect(second.token).toBeUndefined();
  });

  it('give the same runs as one page, whatever the order and the size', async () => {
    const id = await anExperiment();
    const values = [1, 'NaN', 3, undefined, 1, 2, 'NaN', undefined];
    for (const [i, value] of values.entries()) {
      const metrics = value === undefined ? [] : [metric('m', value)];
      await makeRun(id, `r${i}`, { metrics }, i % 3);
    }
    const order = fc.constantFrom(
      [],
      ['metrics.m'],
      ['metrics.m DESC'],
      ['start_time', 'metrics.m'],
    );
    await fc.assert(
      fc.asyncProperty(order, fc.integer({ min: 1, max: 9 }), async (order_by, max_results) => {
        const whole = await search([id], { order_by });
        const parts = await pages([id], { order_by, max_results });
        expect(parts.flat()).toEqual(whole.names);
        expect(new Set(whole.names).size).toBe(values.length);
      }),
      { numRuns: 12 },
    );
  });

  it('are cut below what a function may answer, with a token for the rest', async () => {
    const id = await anExperiment();
    const params = Array.from({ length: 50 }, (_, i) => ({
      key: `p${i}`,
      value: 'x'.repeat(6000),
    }));
    for (let i = 0; i < 20; i++) await makeRun(id, `r${i}`, { params }, i);
    const found = await pages([id], {});
    expect(found.length).toBeGreaterThan(1);
    expect(found.flat()).toHaveLength(20);
  });
});
