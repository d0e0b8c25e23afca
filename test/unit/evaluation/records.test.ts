import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useTracking } from '../tracking/api.ts';
import { aDataset, call, ok, recordsOf, upsert } from './api.ts';

useTracking();

const datasetOf = async (id: string) => (await ok('GET', `/datasets/${id}`)).dataset;

describe('records', () => {
  it('are stored as they came and listed in MLflow’s shape', async () => {
    const id = await aDataset();
    const records =
      '[{"inputs":{"q":"ä","n":1.0,"big":12345678901234567890},"outputs":"yes","tags":{"mlflow.user":"ana"},' +
      '"expectations":{"score":2.0},"source":{"source_type":"trace","source_data":{"trace_id":"tr-1"}}}]';
    expect(await upsert(id, records)).toEqual({ inserted_count: 1, updated_count: 0 });
    const { records: text } = await ok('GET', `/datasets/${id}/records`);
    expect(text).toContain('"inputs": {"q": "\\u00e4", "n": 1.0, "big": 12345678901234567890}');
    const [record] = JSON.parse(text);
    expect(record.dataset_record_id).toMatch(/^dr-[0-9a-f]{32}$/);
    expect(record).toEqual({
      dataset_record_id: record.dataset_record_id,
      dataset_id: id,
      inputs: { q: 'ä', n: 1, big: Number('12345678901234567890') },
      expectations: { score: 2 },
      tags: { 'mlflow.user': 'ana' },
      source: { source_type: 'TRACE', source_data: { trace_id: 'tr-1' } },
      source_id: 'tr-1',
      source_type: 'TRACE',
      created_time: expect.any(Number),
      last_update_time: record.created_time,
      created_by: 'ana',
      last_updated_by: 'ana',
      outputs: 'yes',
    });
  });

  it('tell who changed the dataset last: whoever a record names last, also nobody', async () => {
    const id = await aDataset();
    const by = (user: string) => ({ inputs: { q: user }, tags: { 'mlflow.user': user } });
    await upsert(id, JSON.stringify([by('ana'), by('bob'), { inputs: { q: 'x' } }]));
    expect(await datasetOf(id)).toMatchObject({ last_updated_by: 'bob' });
    await upsert(id, JSON.stringify([by('ana'), by('')]));
    expect(await datasetOf(id)).toMatchObject({ last_updated_by: '' });
  });

  it('teach the dataset its schema, profile and digest', async () => {
    const id = await aDataset();
    const { digest } = await datasetOf(id);
    await upsert(
      id,
      '[{"inputs":{"q":"a","n":1,"f":1.5,"o":{},"l":[],"t":true,"z":null},"expectations":{"a":"b"}},' +
        '{"inputs":{"q":2},"outputs":{"x":1}}]',
    );
    const dataset = await datasetOf(id);
    expect(JSON.parse(dataset.schema)).toEqual({
      inputs: {
        q: 'string',
        n: 'integer',
        f: 'float',
        o: 'object',
        l: 'array',
        t: 'boolean',
        z: 'null',
      },
      outputs: { x: 'integer' },
      expectations: { a: 'string' },
      version: '1.0',
    });
    expect(dataset.profile).toBe('{"num_records": 2}');
    expect(dataset.digest).not.toBe(digest);
    expect(dataset.last_update_time).toBeGreaterThanOrEqual(dataset.created_time);
  });

  it('of the same inputs are one: expectations and tags join, outputs give way', async () => {
    const id = await aDataset();
    await upsert(id, [
      { inputs: { a: 1, b: 2 }, expectations: { x: 1 }, tags: { s: '1' }, outputs: { y: 1 } },
    ]);
    const counts = await upsert(id, [
      { inputs: { b: 2, a: 1 }, expectations: { z: 2 }, tags: { s: '2' }, outputs: 'plain' },
      { inputs: { a: 9 } },
      { inputs: { a: 9 }, tags: { again: 'yes' } },
    ]);
    expect(counts).toEqual({ inserted_count: 1, updated_count: 2 });
    const [first, second] = await recordsOf(id);
    expect(first).toMatchObject({
      expectations: { x: 1, z: 2 },
      tags: { s: '2' },
      outputs: 'plain',
    });
    expect(second).toMatchObject({ inputs: { a: 9 }, tags: { again: 'yes' }, outputs: {} });
    await upsert(id, [{ inputs: { a: 1, b: 2 }, outputs: null }]);
    expect((await recordsOf(id))[0]).not.toHaveProperty('outputs');
  });

  it('go one by one, and say how many went', async () => {
    const id = await aDataset();
    await upsert(id, [{ inputs: { a: 1 } }, { inputs: { a: 2 } }]);
    const ids = (await recordsOf(id)).map((record) => record.dataset_record_id);
    const remove = (dataset_record_ids: readonly unknown[]) =>
      ok('DELETE', `/datasets/${id}/records`, { dataset_record_ids });
    expect(await remove([ids[0], 'dr-none'])).toEqual({ deleted_count: 1 });
    expect((await datasetOf(id)).profile).toBe('{"num_records": 1}');
    expect(await remove(ids)).toEqual({ deleted_count: 1 });
    expect(await remove(ids)).toEqual({ deleted_count: 0 });
    expect((await datasetOf(id)).profile).toBe('null');
    expect(await upsert(id, [{ inputs: { a: 1 } }])).toEqual({
      inserted_count: 1,
      updated_count: 0,
    });
  });

  it('are refused without their dataset, unless there are none', async () => {
    expect(await upsert('d-none', [])).toEqual({ inserted_count: 0, updated_count: 0 });
    const { status } = await call('POST', '/datasets/d-none/records', {
      records: JSON.stringify([{ inputs: { a: 1 } }]),
    });
    expect(status).toBe(404);
  });

  it('of two calls at once are all kept and counted', async () => {
    const id = await aDataset();
    const list = (n: number) => Array.from({ length: 50 }, (_, i) => ({ inputs: { i: i + n } }));
    const counts = await Promise.all([upsert(id, list(0)), upsert(id, list(25))]);
    expect(counts.reduce((sum, one) => sum + one.inserted_count, 0)).toBe(75);
    expect(await recordsOf(id, 20)).toHaveLength(75);
    expect((await datasetOf(id)).profile).toBe('{"num_records": 75}');
  });

  it('may be longer than a row holds unpacked', async () => {
    const id = await aDataset();
    const text = 'a long story '.repeat(60_000);
    await upsert(id, [{ inputs: { text } }]);
    expect((await recordsOf(id))[0]?.inputs.text).toBe(text);
  });

  it.each([
    ['{}', 'records must be a JSON list'],
    ['[1]', 'records[0] must be an object'],
    ['[{"inputs":3}]', 'records[0].inputs must be an object'],
    ['[', 'records must be valid JSON'],
    [
      '[{"inputs":{},"source":{"source_type":"web"}}]',
      'Invalid dataset record source type: WEB. Valid source types: ' +
        "['UNSPECIFIED', 'TRACE', 'HUMAN', 'DOCUMENT', 'CODE']",
    ],
  ])('%s are refused', async (records, message) => {
    const id = await aDataset();
    const { status, body } = await call('POST', `/datasets/${id}/records`, { records });
    expect([status, body.error_code, body.message]).toEqual([
      400,
      'INVALID_PARAMETER_VALUE',
      message,
    ]);
  });

  it('read as a simple model says, whatever is written, repeated and deleted', async () => {
    const given = fc.record(
      {
        inputs: fc.constantFrom({ q: 1 }, { q: 2 }, { q: 1, r: 1 }, { q: 'x' }),
        expectations: fc.dictionary(fc.constantFrom('a', 'b'), fc.integer()),
        tags: fc.dictionary(fc.constantFrom('s', 't'), fc.constantFrom('1', '2')),
        outputs: fc.oneof(fc.integer(), fc.constant(null), fc.dictionary(fc.string(), fc.string())),
      },
      { requiredKeys: ['inputs'] },
    );
    const step = fc.oneof(
      fc.record({ upsert: fc.array(given, { maxLength: 4 }), twice: fc.boolean() }),
      fc.record({ remove: fc.nat(3) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const id = await aDataset();
        const model = new Map<string, Record<string, unknown>>();
        for (const one of steps) {
          if ('remove' in one) {
            const record = (await recordsOf(id))[one.remove];
            if (!record) continue;
            model.delete(JSON.stringify(record.inputs));
            const dataset_record_ids = [record.dataset_record_id];
            await ok('DELETE', `/datasets/${id}/records`, { dataset_record_ids });
            continue;
          }
          for (let i = 0; i < (one.twice ? 2 : 1); i++) await upsert(id, one.upsert);
          for (const record of one.upsert) merge(model, record);
        }
        const shown = (await recordsOf(id, 2)).map(({ inputs, outputs, expectations, tags }) =>
          JSON.stringify({ inputs, outputs, expectations, tags }),
        );
        // Records of one millisecond are listed in any order.
        const expected = [...model.values()].map((record) => JSON.stringify(record));
        expect(shown.sort()).toEqual(expected.sort());
      }),
      { numRuns: 25 },
    );
  });
});

function merge(model: Map<string, Record<string, unknown>>, given: Record<string, unknown>) {
  const { inputs, outputs, expectations, tags } = given;
  const key = JSON.stringify(inputs);
  const known = model.get(key);
  const before = known ?? { inputs, outputs: {}, tags: {} };
  const shown = 'outputs' in given ? (outputs ?? undefined) : before.outputs;
  // None at all join nothing, as in MLflow's store: a record that had no expectations still has none.
  const isNews = expectations && (!known || Object.keys(expectations).length > 0);
  const joined = isNews
    ? { ...(before.expectations as object), ...(expectations as object) }
    : before.expectations;
  model.set(key, {
    inputs,
    outputs: shown,
    expectations: joined,
    tags: { ...(before.tags as object), ...(tags as object) },
  });
}
