import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { anExperiment, aRun, useTracking } from '../tracking/api.ts';
import { aModel, found, logAbout, models } from './api.ts';

useTracking();

let experiment: string;
let ids: Record<string, string>;

/** Four models: `a` is the oldest. */
beforeAll(async () => {
  experiment = await anExperiment();
  const run = await aRun({ experiment_id: experiment });
  const a = await aModel(experiment, {
    name: 'a',
    model_type: 'Linear',
    source_run_id: run,
    params: [{ key: 'depth', value: '0.50' }],
  });
  await later();
  const b = await aModel(experiment, { name: 'b', tags: [{ key: 'my team', value: "o'x" }] });
  await later();
  const c = await aModel(experiment, { name: 'c', model_type: 'Tree' });
  await later();
  const d = await aModel(experiment, { name: 'd' });
  await models('PATCH', `/${c}`, { status: 'LOGGED_MODEL_READY' });
  const [train, test] = [
    { dataset_name: 'train', dataset_digest: 'w' },
    { dataset_name: 'test', dataset_digest: 'x' },
  ];
  await logAbout(
    run,
    a,
    { value: 0.9, timestamp: 1, ...train },
    { value: 0.2, timestamp: 2, ...test },
  );
  await logAbout(run, b, { value: 0.5, timestamp: 1, ...train });
  await logAbout(run, c, { value: 'NaN', timestamp: 1 });
  ids = { a, b, c, d };
});

const later = () => new Promise((resolve) => setTimeout(resolve, 2));
const search = (query: object = {}) => found({ experiment_ids: [experiment], ...query });

describe('a search of logged models', () => {
  it('lists the newest first, of the experiments asked for', async () => {
    expect(await search()).toEqual(['d', 'c', 'b', 'a']);
    expect(await found({ experiment_ids: [await anExperiment()] })).toEqual([]);
    const none = await models('POST', '/search', {});
    expect(none.body.message).toContain("required parameter 'experiment_ids'");
  });

  it.each([
    ["name = 'b'", ['b']],
    ['name = b', ['b']],
    // Double quotes belong to the text but for those in a list, as in MLflow.
    ['name = "b"', []],
    ['name IN ("b")', ['b']],
    ["attributes.name != 'b'", ['d', 'c', 'a']],
    ["name LIKE '%'", ['d', 'c', 'b', 'a']],
    ["name ILIKE 'A'", ['a']],
    ["name IN ('a', 'c')", ['c', 'a']],
    ["name NOT IN ('a', 'c')", ['d', 'b']],
    ["model_type != 'Tree'", ['d', 'b', 'a']],
    ["status = 'READY'", ['c']],
    ["status = 'LOGGED_MODEL_READY'", ['c']],
    ['creation_timestamp > 0 and creation_time > 0', ['d', 'c', 'b', 'a']],
    ['creation_timestamp < 5', []],
    ['params.depth = 0.50', ['a']],
    ['params.depth = 0.5', []],
    ["tags.`my team` = 'o''x'", []],
    ["tags.`my team` LIKE 'o_x'", ['b']],
    ["tags.`my team` LIKE '''o_x'''", ['b']],
    ['tags."my team" LIKE \'o_x\'', []],
    ["tags.`my team`\x1cLIKE 'o_x'", ['b']],
    ['metrics.acc > 0.3', ['b', 'a']],
    ['metrics.acc > 0.3 AND metrics.acc < 0.3', ['a']],
    // NaN is compared as the 0 that MLflow stores for it.
    ['metrics.`acc` <= 0.2', ['c', 'a']],
    ["metrics.acc > 0.1 AND name = 'b'", ['b']],
    ['metrics.other > 0', []],
  ])('understands %s', async (filter, names) => {
    expect(await search({ filter })).toEqual(names);
  });

  it.each([
    ['name > 1', /Invalid comparison operator for attributes\.name: '>'/],
    ["metrics.acc LIKE '1'", /Invalid comparison operator for metrics\.acc/],
    ['params.depth IS NULL', /Invalid comparison operator/],
    ["metrics.acc = 'high'", /numeric/],
    ['metric.acc = 1', /Invalid entity type: 'metric'/],
    ["colour = 'red'", /Invalid attribute key 'colour'/],
    ["name = 'a' OR name = 'b'", /Invalid filter string: "name = 'a' OR name = 'b'"\. Expected/],
    ['name', /Invalid filter string: 'name'\. Expected/],
    ['name = 1.2.3', /Invalid filter string: 'name = 1\.2\.3'\. Expected/],
    ['metrics.acc > .5.5', /Invalid filter string: 'metrics\.acc > \.5\.5'\. Expected/],
    ["name like 'a'", /Invalid comparison operator for attributes.name: 'like'/],
  ])('refuses %s', async (filter, message) => {
    await expect(search({ filter })).rejects.toThrow(message);
  });

  it('counts only points on the datasets given', async () => {
    const [train, test] = [{ dataset_name: 'train' }, { dataset_name: 'test' }];
    expect(await search({ datasets: [train] })).toEqual(['b', 'a']);
    expect(await search({ datasets: [test] })).toEqual(['a']);
    expect(await search({ datasets: [{ ...test, dataset_digest: 'y' }] })).toEqual([]);
    expect(await search({ datasets: [{ ...test, dataset_digest: 'x' }] })).toEqual(['a']);
    expect(await search({ datasets: [test], filter: 'metrics.acc > 0.3' })).toEqual([]);
    expect(await search({ datasets: [test, train], filter: 'metrics.acc > 0.3' })).toEqual([
      'b',
      'a',
    ]);
    await expect(search({ datasets: [{ dataset_digest: 'x' }] })).rejects.toThrow(/`dataset_name`/);
  });

  it('orders by attributes and by the newest value of a metric, missing ones last', async () => {
    const by = (field_name: string, ascending?: boolean, dataset: object = {}) =>
      search({
        order_by: [{ field_name, ...(ascending !== undefined && { ascending }), ...dataset }],
      });
    expect(await by('name')).toEqual(['a', 'b', 'c', 'd']);
    expect(await by('name', false)).toEqual(['d', 'c', 'b', 'a']);
    expect(await by('creation_timestamp', true)).toEqual(['a', 'b', 'c', 'd']);
    expect(await by('model_type', false)).toEqual(['c', 'a', 'd', 'b']);
    expect(await by('metrics.acc')).toEqual(['a', 'b', 'c', 'd']);
    expect(await by('metrics.acc', false)).toEqual(['b', 'a', 'c', 'd']);
    expect(await by('metrics.acc', false, { dataset_name: 'train' })).toEqual(['a', 'b', 'd', 'c']);
    await expect(search({ filter: '   ' })).rejects.toThrow('Expected a single SQL expression.');
    await expect(by('colour')).rejects.toThrow('Invalid order by field name: colour');
    await expect(by('artifact_uri')).rejects.toThrow('Invalid order by field name: artifact_uri');
    await expect(by('params.depth')).rejects.toThrow('Only metrics are supported.');
  });

  it('shows params, tags and metrics', async () => {
    const { body } = await models('POST', '/search', {
      experiment_ids: [experiment],
      filter: "name = 'a'",
    });
    expect(body.models).toEqual([(await models('GET', `/${ids.a}`)).body.model]);
  });

  it('goes on behind the last model, whatever was added or deleted meanwhile', async () => {
    const experiment_id = await anExperiment();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await aModel(experiment_id, { name });
    for (const order_by of [[], [{ field_name: 'name' }]]) {
      const query = { experiment_ids: [experiment_id], order_by };
      const all = await found(query);
      const first = await models('POST', '/search', { ...query, max_results: 2 });
      const [, last] = first.body.models;
      await models('DELETE', `/${last?.info.model_id}`);
      await aModel(experiment_id, { name: '0' });
      const rest = await found({ ...query, page_token: first.body.next_page_token });
      expect(rest).toEqual(all.slice(2));
      await models('POST', '/search', query);
    }
  });

  it('cuts pages below what a function may answer, whatever the characters take', async () => {
    const experiment_id = await anExperiment();
    const tags = [{ key: 't', value: '日'.repeat(100_000) }];
    for (let i = 0; i < 24; i++) await aModel(experiment_id, { name: `m${i}`, tags });
    const names: string[] = [];
    let page_token: string | undefined;
    do {
      const query = { experiment_ids: [experiment_id], page_token };
      const { body } = await models('POST', '/search', query);
      expect(Buffer.byteLength(JSON.stringify(JSON.stringify(body)))).toBeLessThan(6 * 2 ** 20);
      names.push(...body.models.map(({ info }) => info.name));
      page_token = body.next_page_token;
    } while (page_token);
    expect(new Set(names).size).toBe(24);
  });

  it('refuses tokens of other searches and what is no token', async () => {
    const { body } = await models('POST', '/search', {
      experiment_ids: [experiment],
      max_results: 1,
    });
    const page_token = body.next_page_token;
    await expect(search({ page_token, filter: 'name != x' })).rejects.toThrow(/^Filter string/);
    await expect(found({ experiment_ids: ['0'], page_token })).rejects.toThrow(/^Experiment IDs/);
    await expect(search({ page_token, order_by: [{ field_name: 'name' }] })).rejects.toThrow(
      /^Order by/,
    );
    await expect(search({ page_token: 'garbage' })).rejects.toThrow(/Invalid page token/);
  });

  it('comes to the same in pages of any size', async () => {
    const orders = ['creation_timestamp', 'name', 'metrics.acc', 'model_type', 'status'];
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(orders),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        async (fields, ascending, max_results) => {
          const order_by = fields.map((field_name) => ({ field_name, ascending }));
          const query = { experiment_ids: [experiment], order_by };
          const names: string[] = [];
          let page_token: string | undefined;
          do {
            const { body } = await models('POST', '/search', { ...query, max_results, page_token });
            names.push(...body.models.map((model: { info: { name: string } }) => model.info.name));
            page_token = body.next_page_token;
          } while (page_token);
          expect(names).toEqual(await found(query));
        },
      ),
      { numRuns: 20 },
    );
  });
});
