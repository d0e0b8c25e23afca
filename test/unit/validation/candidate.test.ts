import { describe, expect, it } from 'vitest';
import { loadCandidate, scoreRows } from '../../../functions/validation/candidate.ts';

const filesOf = (files: Readonly<Record<string, string>>) => ({
  sizes: new Map(Object.entries(files).map(([path, text]) => [path, Buffer.byteLength(text)])),
  read: async (path: string) => (path in files ? Buffer.from(files[path] ?? '') : undefined),
});

describe('loadCandidate', () => {
  const MLmodel = 'flavors:\n  python_function:\n    data: data\n    loader_module: m\n';

  it('takes a named folder for there when a file is in it, and adds up what is there', async () => {
    const files = filesOf({ MLmodel, 'data/model.pkl': 'four' });
    const { bytes, model } = await loadCandidate(files);
    expect([bytes, model]).toEqual([MLmodel.length + 4, undefined]);
  });

  it('refuses an artefact without what its description names', async () => {
    await expect(loadCandidate(filesOf({ MLmodel, 'database.txt': 'x' }))).rejects.toThrow(
      'data, named in MLmodel, does not exist in the artefact',
    );
    await expect(loadCandidate(filesOf({}))).rejects.toThrow('no file MLmodel');
  });
});

describe('scoreRows', () => {
  /** The score of a row for which a model predicts this. */
  const scoreOf = async (prediction: unknown) => {
    const model = { predict: async () => [prediction] };
    const description = { flavors: {} };
    const [score] = await scoreRows({ description, bytes: 0, model, inputs: undefined }, [
      { x: 1 },
    ]);
    return score;
  };

  it('takes a number, an only output, or the probability of the second of two classes', async () => {
    expect(await scoreOf(0.25)).toBe(0.25);
    expect(await scoreOf({ variable: 0.5 })).toBe(0.5);
    expect(await scoreOf({ label: 1, probabilities: { 0: 0.2, 1: 0.8 } })).toBe(0.8);
    expect(await scoreOf([0.2, 0.8])).toBe(0.8);
    expect(await scoreOf(true)).toBe(1);
  });

  it.each([
    ['three classes', { label: 1, probabilities: { 0: 0.2, 1: 0.3, 2: 0.5 } }],
    ['two outputs with two classes each', { a: { 0: 0.2, 1: 0.8 }, b: { 0: 0.4, 1: 0.6 } }],
    ['no finite number', Number.POSITIVE_INFINITY],
    ['a text', 'yes'],
    ['a list of three', [0.2, 0.3, 0.5]],
    ['nothing', null],
  ])('has no score for %s', async (_what, prediction) => {
    await expect(scoreOf(prediction)).rejects.toThrow(
      /^The prediction of row 0 is .*, not a number/,
    );
  });
});
