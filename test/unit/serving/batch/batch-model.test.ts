import { describe, expect, it } from 'vitest';
import { batchModel } from '../../../../functions/serving/batch/batch-model.ts';
import { scoreColumns } from '../../../../functions/serving/batch/score-columns.ts';
import type { PythonAnswer } from '../../../../functions/serving/invoke/python-scorer.ts';

const location = { bucket: 'b', key: 'k' };
const MLMODEL = `flavors:
  python_function:
    loader_module: mlflow.sklearn
signature:
  inputs: '[{"type": "double", "name": "x", "required": true}]'
`;

/** The model of a batch that Python scores; the answers to its requests, by their rows. */
async function inPython(answer: (rows: readonly (readonly number[])[]) => PythonAnswer) {
  const asked: number[] = [];
  const read = async (path: string) => (path === 'MLmodel' ? Buffer.from(MLMODEL) : undefined);
  const model = await batchModel(location, read, async ({ score }) => {
    expect(score.location).toEqual(location);
    const { dataframe_split: split } = JSON.parse(score.body) as {
      dataframe_split: { columns: string[]; data: number[][] };
    };
    expect(split.columns).toEqual(['x']);
    asked.push(split.data.length);
    return answer(split.data);
  });
  return { model, asked };
}

const columnsOf = (x: readonly unknown[]) => ({
  length: x.length,
  columns: new Map([
    ['x', x],
    ['other', x],
  ]),
});
const doubled = (rows: readonly (readonly number[])[]) => ({
  body: JSON.stringify({ predictions: rows.map(([x = 0]) => 2 * x) }),
});
const refusal = (error_code: string) => ({ error_code, message: 'not today' });

describe('a batch of a model that Python scores', () => {
  it('sends the columns of the signature, some thousand rows to a request', async () => {
    const { model, asked } = await inPython(doubled);
    const x = Array.from({ length: 12_000 }, (_, i) => i);
    const { predictions, failures } = await scoreColumns(model, columnsOf(x));
    expect(asked).toEqual([5000, 5000, 2000]);
    expect(predictions).toEqual(x.map((one) => 2 * one));
    expect(failures).toEqual([]);
  });

  it('finds the rows that it refuses, and asks for none that break the signature', async () => {
    const { model } = await inPython((rows) =>
      rows.some(([x]) => x === 3) ? refusal('BAD_REQUEST') : doubled(rows),
    );
    const { failures } = await scoreColumns(model, columnsOf([1, 2, 3, 4, 'five', 6]));
    expect(failures).toEqual([
      { row: 2, error: 'not today' },
      { row: 4, error: expect.stringContaining('Can not safely convert') },
    ]);
  });

  it('fails for what is wrong with Python itself, without trying row after row', async () => {
    for (const [code, times] of [
      ['INTERNAL_ERROR', 1],
      ['TEMPORARILY_UNAVAILABLE', 3],
    ] as const) {
      const { model, asked } = await inPython(() => refusal(code));
      await expect(scoreColumns(model, columnsOf([1, 2, 3, 4]))).rejects.toThrow('not today');
      expect(asked).toEqual(Array.from({ length: times }, () => 4));
    }
  });

  it('fails when more rows are refused than it is worth to find', async () => {
    const { model, asked } = await inPython(() => refusal('BAD_REQUEST'));
    const x = Array.from({ length: 1000 }, (_, i) => i);
    const scored = scoreColumns(model, columnsOf(x), 10);
    await expect(scored).rejects.toThrow('More than 10 rows fail: not today');
    expect(asked.length).toBeLessThan(60);
  });
});
