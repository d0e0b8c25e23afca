import { describe, expect, it } from 'vitest';
import { pythonModel } from '../../../functions/validation/python-model.ts';

const location = { bucket: 'b', key: 'models/m' };

type Score = NonNullable<Parameters<typeof pythonModel>[2]['score']>;
type Answer = Awaited<ReturnType<Score>>;

/** A model whose function answers in turn; what it was asked is kept. */
function aModel(...answers: ((rows: unknown[][]) => Answer)[]) {
  const asked: unknown[][][] = [];
  const score: Score = async ({ score: { body, ...about } }) => {
    expect(about).toMatchObject({ location, content_type: 'application/json' });
    const { data } = (JSON.parse(body) as { dataframe_split: { data: unknown[][] } })
      .dataframe_split;
    asked.push(data);
    expect(Buffer.byteLength(body)).toBeLessThan(2_000_000);
    return (answers[Math.min(asked.length, answers.length) - 1] ?? echo)(data);
  };
  return { asked, model: pythonModel(location, undefined, { unbuilt: '', score }) };
}

const echo = (rows: unknown[][]): Answer => ({
  body: JSON.stringify({ predictions: rows.map(([first]) => first) }),
});
const columns = (values: readonly unknown[], other: readonly unknown[] = values) => ({
  length: values.length,
  columns: new Map([
    ['a', values],
    ['b', other],
  ]),
});
const loading = (): Answer => ({
  error_code: 'TEMPORARILY_UNAVAILABLE',
  message: 'The model is still being loaded',
});

describe('a model in Python', () => {
  it('is asked for as many rows at once as a request holds, and answers them in order', async () => {
    const many = Array.from({ length: 12_001 }, (_, i) => i);
    const { asked, model } = aModel();
    expect(await model.predict(columns(many))).toEqual(many);
    expect(asked.map((rows) => rows.length)).toEqual([5000, 5000, 2001]);

    const long = Array.from({ length: 4 }, () => 'ü'.repeat(300_000));
    const wide = aModel();
    expect(await wide.model.predict(columns([0, 1, 2, 3], long))).toEqual([0, 1, 2, 3]);
    expect(wide.asked.map((rows) => rows.length)).toEqual([2, 2]);
    expect(await wide.model.predict(columns([]))).toEqual([]);
  });

  it('gets null for what is missing', async () => {
    const { asked, model } = aModel();
    await model.predict(columns([1, undefined, null], [undefined, 2, 3]));
    expect(asked).toEqual([
      [
        [1, null],
        [null, 2],
        [null, 3],
      ],
    ]);
  });

  it('is waited for while it is loaded, and not for ever', async () => {
    const { asked, model } = aModel(loading, loading, echo);
    expect(await model.predict(columns([7]))).toEqual([7]);
    expect(asked).toHaveLength(3);
    await expect(aModel(loading).model.predict(columns([7]))).rejects.toThrow('still being loaded');
  });

  it.each([
    ['refuses', () => ({ error_code: 'BAD_REQUEST', message: 'no column c' }), 'no column c'],
    ['answers too few', () => ({ body: '{"predictions":[]}' }), 'as many predictions'],
    ['answers a table', () => ({ body: '{"predictions":{"a":[1]}}' }), 'as many predictions'],
  ])('that %s has no scores', async (_how, answer, why) => {
    await expect(aModel(answer).model.predict(columns([7]))).rejects.toThrow(why);
  });
});
