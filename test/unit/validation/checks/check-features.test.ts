import { describe, expect, it } from 'vitest';
import { checkFeatures } from '../../../../functions/validation/checks/check-features.ts';
import type { ModelFiles } from '../../../../functions/validation/model-files-store.ts';

const inputs = [
  { name: 'age', type: 'long', required: true },
  { name: 'income', type: 'double', required: true },
] as const;

interface Logged {
  readonly example: unknown;
  /** Null: it is named, and not there. */
  readonly request?: unknown;
  /** Scores of a table's rows; twice the income of each without it. */
  readonly predict?: (incomes: readonly number[]) => number[];
}

/** The checks of a model with these two files, by name. */
async function check({ example, request, predict }: Logged) {
  const files = new Map([
    ['example.json', example],
    ['request.json', request],
  ]);
  const held: ModelFiles = {
    sizes: new Map(),
    read: async (name) => {
      const value = files.get(name);
      if (value === undefined || value === null) return undefined;
      return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    },
  };
  const description = {
    flavors: { 'slipway.gbdt': {} },
    saved_input_example_info: {
      artifact_path: 'example.json',
      ...(request !== undefined && { serving_input_path: 'request.json' }),
    },
  };
  const scores = predict ?? ((incomes: readonly number[]) => incomes.map((one) => 2 * one));
  const model = {
    inputs,
    predict: async ({ columns }: { columns: ReadonlyMap<string, readonly unknown[]> }) =>
      scores((columns.get('income') ?? []) as number[]),
  };
  const candidate = { description, bytes: 1, inputs, model };
  const results = await checkFeatures(candidate, async () => held);
  return Object.fromEntries(results.map((result) => [result.name, result]));
}

const columns = ['age', 'income'];
const example = {
  columns,
  data: [
    [31, 1.5],
    [42, 2.5],
  ],
};

describe('a logged example', () => {
  it('passes where its request holds the same rows', async () => {
    const results = await check({ example, request: { dataframe_split: example } });
    expect(Object.values(results).map(({ status }) => status)).toEqual(Array(3).fill('PASSED'));
  });

  it('without rows shows nothing', async () => {
    const results = await check({ example: { columns, data: [] } });
    const error = { status: 'ERROR', message: 'The logged example has no rows' };
    expect(Object.values(results)).toMatchObject([error, error, error]);
  });

  it('that is no JSON is an error that names the file', async () => {
    const { feature_columns } = await check({ example: '{"columns": [' });
    expect(feature_columns).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(/^example\.json is not valid JSON: /),
    });
  });

  it('fails by the columns that it lacks and those that serving does not know', async () => {
    const { feature_columns } = await check({
      example: { columns: ['age', 'wage'], data: [[31, 1.5]] },
    });
    expect(feature_columns).toMatchObject({
      status: 'FAILED',
      measured: 2,
      unit: 'columns',
      message:
        "the logged example lacks 'income' and has 'wage', which the signature does not know",
    });
  });

  it('fails by each column of another type', async () => {
    const { feature_columns, feature_types } = await check({
      example: { columns, data: [['young', 'poor']] },
    });
    expect(feature_columns?.status).toBe('PASSED');
    expect(feature_types).toMatchObject({
      status: 'FAILED',
      measured: 2,
      limit: { max: 0 },
      message: expect.stringMatching(/column age\b.*column income\b/),
    });
  });

  it('fails by rows that its request has more, or fewer', async () => {
    const [first] = example.data;
    const ask = async (data: unknown[][]) =>
      (await check({ example, request: { dataframe_split: { columns, data } } })).feature_values;
    expect(await ask([...example.data, [99, 9]])).toMatchObject({
      status: 'FAILED',
      measured: 1,
      message: 'the example has 2 rows as logged and 3 as served',
    });
    expect(await ask([first ?? []])).toMatchObject({
      status: 'FAILED',
      message: 'the example has 2 rows as logged and 1 as served',
    });
  });

  it('is an error where the request that MLmodel names is not there', async () => {
    const { feature_values } = await check({ example, request: null });
    expect(feature_values).toMatchObject({
      status: 'ERROR',
      message: 'request.json does not exist in the artefact',
    });
  });

  it('fails by rows whose scores hang on their neighbours', async () => {
    const predict = (incomes: readonly number[]) => {
      const most = Math.max(...incomes);
      return incomes.map((income) => income / most);
    };
    const { feature_values } = await check({ example, predict });
    expect(feature_values).toMatchObject({
      status: 'FAILED',
      measured: 1,
      unit: 'values',
      message: 'row 0 scores 1 alone and 0.6 among the others',
    });
  });
});
