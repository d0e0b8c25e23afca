import { describe, expect, it } from 'vitest';
import { checkData } from '../../../../functions/validation/checks/check-data.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** The checks of these rows, by name. */
async function check(
  quality: Parameters<typeof checkData>[0],
  rows: Rows,
  labels = [0, 1],
  inputs?: Awaited<ReturnType<Parameters<typeof checkData>[2]>>['inputs'],
) {
  const data = { rows, labels: Float64Array.from(labels), digest: 'sha256:0', path: 'run:/x' };
  const candidate = {
    description: { flavors: {} },
    bytes: 0,
    model: undefined,
    inputs,
  };
  const results = await checkData(
    quality,
    async () => data,
    async () => candidate,
  );
  return Object.fromEntries(results.map((result) => [result.name, result]));
}

describe('checkData', () => {
  it('holds columns and types against the signature', async () => {
    const inputs = [
      { name: 'age', type: 'long', required: true },
      { name: 'income', type: 'double', required: true },
      { name: 'note', type: 'string', required: false },
    ] as const;
    const schemaOf = async (row: object) =>
      (await check({}, [{ ...row, label: 1 }], [1], inputs)).data_schema;
    const fits = { age: 31, income: 1.5 };
    const base = { limit: { max: 0 }, unit: 'columns' };
    expect(await schemaOf(fits)).toMatchObject({ ...base, status: 'PASSED', measured: 0 });
    expect(await schemaOf({ age: 31 })).toMatchObject({
      ...base,
      status: 'FAILED',
      measured: 1,
      message: "Column 'income' is missing.",
    });
    expect(await schemaOf({ ...fits, age: 'old', note: 3 })).toMatchObject({
      ...base,
      status: 'FAILED',
      measured: 2,
      message: expect.stringMatching(/column age\b.*column note\b/),
    });
  });

  it('finds a row that repeats another one, in whatever order its columns come', async () => {
    const rows = [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { a: 2, b: 1 },
      { a: 1, b: 3 },
    ];
    const { data_duplicates: found } = await check({ max_duplicates: 0.2 }, rows);
    expect(found).toMatchObject({ status: 'FAILED', measured: 0.25 });
  });

  it('counts the rarer of two classes, which has no row where there is only one', async () => {
    const shareOf = async (labels: number[]) =>
      (await check({ min_class_share: 0.1 }, [{ a: 1 }], labels)).data_classes;
    expect(await shareOf([0, 0, 0, 1])).toMatchObject({ status: 'PASSED', measured: 0.25 });
    expect(await shareOf([1, 1, 1])).toMatchObject({ status: 'FAILED', measured: 0 });
  });

  it('takes the ends of a range as within, and what is missing for no value', async () => {
    const columns = { a: { min: 1, max: 3 } };
    const rangeOf = async (...values: unknown[]) =>
      (
        await check(
          { columns },
          values.map((a) => ({ a })),
        )
      )['data_range:a'];
    expect(await rangeOf(1, 2, 3, null)).toMatchObject({ status: 'PASSED' });
    expect(await rangeOf(1, 3.01)).toMatchObject({
      status: 'FAILED',
      measured: 1,
      message: 'row 1 is 3.01, outside 1 to 3',
    });
    expect(await rangeOf(0.99, 'x')).toMatchObject({ status: 'FAILED', measured: 2 });
  });

  it('counts as missing what a Parquet file has as NaN', async () => {
    const rows = [{ a: Number.NaN }, { a: 1 }, { a: null }, { a: 2 }];
    const quality = { max_missing: 0, columns: { a: { max_missing: 0.4 } } };
    const found = await check(quality, rows);
    expect(found.data_missing).toMatchObject({ status: 'FAILED', measured: 0.5 });
    expect(found['data_missing:a']).toMatchObject({ status: 'FAILED', measured: 0.5 });
  });
});
