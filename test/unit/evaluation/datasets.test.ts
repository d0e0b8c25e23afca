import { describe, expect, it } from 'vitest';
import { anExperiment, useTracking } from '../tracking/api.ts';
import { aDataset, call, ok, recordsOf, upsert } from './api.ts';

useTracking();

const names = async (body: object) =>
  ((await ok('POST', '/datasets/search', body)).datasets ?? []).map(({ name }) => name);

describe('an evaluation dataset', () => {
  it('is created and read in MLflow’s shape', async () => {
    const experiment = await anExperiment();
    const { dataset } = await ok('POST', '/datasets/create', {
      name: 'golden',
      experiment_ids: [experiment],
      tags: JSON.stringify({ team: 'a', 'mlflow.user': 'ana', depth: 2 }),
    });
    const { dataset_id, digest, created_time } = dataset;
    expect(dataset_id).toMatch(/^d-[0-9a-f]{32}$/);
    expect(digest).toMatch(/^[0-9a-f]{8}$/);
    const expected = {
      dataset_id,
      name: 'golden',
      tags: '{"depth": "2", "mlflow.user": "ana", "team": "a"}',
      digest,
      created_time,
      last_update_time: created_time,
      created_by: 'ana',
      last_updated_by: 'ana',
    };
    expect(dataset).toEqual({ ...expected, experiment_ids: [experiment] });
    expect(await ok('GET', `/datasets/${dataset_id}`)).toEqual({ dataset: expected });
    expect(await ok('GET', `/datasets/${dataset_id}/experiment-ids`)).toEqual({
      experiment_ids: [experiment],
    });
  });

  it('may have the name of another', async () => {
    expect(await aDataset({ name: 'twin' })).not.toBe(await aDataset({ name: 'twin' }));
  });

  it('may have a name of any length that its row has room for', async () => {
    const name = 'x'.repeat(300);
    expect((await ok('POST', '/datasets/create', { name })).dataset.name).toBe(name);
    const { status, body } = await call('POST', '/datasets/create', { name: 'x'.repeat(420_000) });
    expect([status, body.message?.length]).toEqual([400, expect.any(Number)]);
    expect(body.message?.length).toBeLessThan(500);
  });

  it('says when its tags are too many, and keeps those that it has', async () => {
    const many = (name: string) =>
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 50 }, (_, i) => [name + i, 'x'.repeat(5000)])),
      );
    const id = await aDataset({ tags: many('a') });
    const answers = [
      await call('PATCH', `/datasets/${id}/tags`, { tags: many('b') }),
      await call('POST', '/datasets/create', {
        name: 'full',
        tags: JSON.stringify({ ...JSON.parse(many('a')), ...JSON.parse(many('b')) }),
      }),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 400,
        body: {
          error_code: 'INVALID_PARAMETER_VALUE',
          message: expect.stringContaining('is full: its tags and schema may have 400 KB'),
        },
      });
    }
    const { dataset } = await ok('GET', `/datasets/${id}`);
    expect(JSON.parse(dataset.tags)).toEqual(JSON.parse(many('a')));
  });

  it('merges tags, keeps one given as null, and bears the deletion of one it has not', async () => {
    const id = await aDataset({ tags: '{"a":"1","b":"2"}' });
    await ok('PATCH', `/datasets/${id}/tags`, { tags: '{"b":"3","c":4,"a":null,"d":{"x":true}}' });
    await ok('DELETE', `/datasets/${id}/tags/nothing`);
    await ok('DELETE', `/datasets/${id}/tags/b`);
    const { dataset } = await ok('GET', `/datasets/${id}`);
    expect(JSON.parse(dataset.tags)).toEqual({ a: '1', c: '4', d: "{'x': True}" });
    const none = await aDataset({ tags: '[]' });
    expect((await ok('GET', `/datasets/${none}`)).dataset.tags).toBe('{}');
    expect((await call('PATCH', '/datasets/d-1/tags', { tags: '{}' })).body).toEqual({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: 'Could not find evaluation dataset with ID d-1',
    });
    await ok('DELETE', '/datasets/d-1/tags/a');
  });

  it('goes with its records and what ties it to experiments, and may go twice', async () => {
    const experiment = await anExperiment();
    const id = await aDataset({ experiment_ids: [experiment] });
    await upsert(
      id,
      Array.from({ length: 60 }, (_, i) => ({ inputs: { i } })),
    );
    await ok('DELETE', `/datasets/${id}`);
    await ok('DELETE', `/datasets/${id}`);
    expect((await call('GET', `/datasets/${id}`)).body).toEqual({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Evaluation dataset with id '${id}' not found`,
    });
    expect(await recordsOf(id)).toEqual([]);
    expect(await names({ experiment_ids: [experiment] })).toEqual([]);
    const late = { records: '[{"inputs": {"i": 60}}]' };
    expect((await call('POST', `/datasets/${id}/records`, late)).status).toBe(404);
  });

  it('joins and leaves experiments, again and again', async () => {
    const [a, b] = [await anExperiment(), await anExperiment()];
    const id = await aDataset({ experiment_ids: [a] });
    for (const experiment_ids of [[b, a], [b]]) {
      await ok('POST', `/datasets/${id}/add-experiments`, { experiment_ids });
    }
    const tied = async () =>
      (await ok('GET', `/datasets/${id}/experiment-ids`)).experiment_ids ?? [];
    expect(await tied()).toEqual([a, b]);
    for (let i = 0; i < 2; i++) {
      await ok('POST', `/datasets/${id}/remove-experiments`, { experiment_ids: [a, '999'] });
      expect(await tied()).toEqual([b]);
    }
    for (const missing of ['999', 'x']) {
      const body = { experiment_ids: [missing] };
      expect((await call('POST', `/datasets/${id}/add-experiments`, body)).body.message).toBe(
        `No Experiment with id=${missing}`,
      );
    }
    expect((await call('POST', '/datasets/d-1/add-experiments', {})).body.message).toBe(
      "Dataset 'd-1' not found",
    );
  });
});

describe('a search for datasets', () => {
  it('filters, orders and pages', async () => {
    const [a, b] = [await anExperiment(), await anExperiment()];
    await aDataset({ name: 'one', experiment_ids: [a], tags: '{"team":"ml","mlflow.user":"u"}' });
    await aDataset({ name: 'two', experiment_ids: [a, b], tags: '{"team":"data"}' });
    await aDataset({ name: 'three', experiment_ids: [b], tags: '{"team":"ml"}' });
    const both = { experiment_ids: [a, b] };
    const by = (filter_string: string) => names({ ...both, filter_string, order_by: ['name ASC'] });
    expect((await names({ experiment_ids: [a] })).sort()).toEqual(['one', 'two']);
    expect(await by("tags.team = 'ml'")).toEqual(['one', 'three']);
    expect(await by("tags.team != 'ml' AND name LIKE 't%'")).toEqual(['two']);
    expect(await by("created_by = 'u'")).toEqual(['one']);
    expect(await by("created_by != 'x'")).toEqual(['one']);
    expect(await by('created_time > 0')).toEqual(['one', 'three', 'two']);
    expect(await names({ ...both, order_by: ['name DESC'] })).toEqual(['two', 'three', 'one']);
    const paged: string[] = [];
    for (let page_token = ''; ; ) {
      const page = await ok('POST', '/datasets/search', { ...both, max_results: 1, page_token });
      paged.push(...page.datasets.map(({ name }) => name));
      page_token = page.next_page_token ?? '';
      if (!page_token) break;
    }
    expect(paged.sort()).toEqual(['one', 'three', 'two']);
  });

  it('lists all of them, the newest first, page by page', async () => {
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(await aDataset({ name: `listed ${i}` }));
    const first = await ok('GET', '/datasets/search?max_results=2');
    const second = await ok(
      'GET',
      `/datasets/search?max_results=1000&page_token=${first.next_page_token}`,
    );
    const found = [...first.datasets, ...second.datasets];
    expect(found.map((one) => one.dataset_id)).toEqual(expect.arrayContaining(ids));
    const order = found.map((one) => `${one.created_time} ${one.dataset_id}`);
    expect(order).toEqual([...order].sort().reverse());
  });

  it.each([
    ["attributes.name = 'a'", 'Invalid entity type'],
    ['created_time = "1"', 'numeric'],
    ["name IN ('a')", 'Invalid comparator for string attribute: IN'],
    ['tags.a IS NULL', 'Invalid comparator for tag: IS NULL'],
    ["digest = 'a'", 'Invalid attribute key'],
  ])('refuses the filter %s', async (filter_string, message) => {
    const { status, body } = await call('POST', '/datasets/search', { filter_string });
    expect([status, body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(body.message).toContain(message);
  });

  it.each([0, -1, 50_001])('refuses %i as max_results', async (max_results) => {
    expect((await call('POST', '/datasets/search', { max_results })).status).toBe(400);
  });
});
