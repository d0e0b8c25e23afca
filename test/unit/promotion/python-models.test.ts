import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { getValidation } from '../../../functions/validation/get-validation.ts';
import { aContext } from '../../support/context.ts';
import { aModel, champion, evaluationData } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { type Column, tinyRows, trainTiny } from '../../support/tiny-model.ts';

const context = aContext();

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

type Asked =
  | { readonly score: { readonly location: { readonly key: string }; readonly body: string } }
  | { readonly warm: { readonly location: { readonly key: string } } };
interface Frame {
  readonly dataframe_split: {
    readonly columns: readonly string[];
    readonly data: readonly (readonly number[])[];
  };
}

const built: string[] = [];
const loaded: string[] = [];
const frames: Frame['dataframe_split'][] = [];

/** Stands in for the function of Python models: the probability of both classes, by the first column. */
beforeEach(() => {
  built.length = 0;
  loaded.length = 0;
  frames.length = 0;
  const function_ = (answer: (event: never) => unknown) => async (event: unknown) =>
    answer(event as never);
  loop.tasks.ServingPythonBuild = function_((event: { build: { location: { key: string } } }) => {
    built.push(event.build.location.key);
    return { environment: '0f3a', log: 'built' };
  });
  loop.tasks.ServingPython = function_((asked: Asked) => {
    if ('warm' in asked) {
      loaded.push(asked.warm.location.key);
      return {};
    }
    const { dataframe_split: frame } = JSON.parse(asked.score.body) as Frame;
    frames.push(frame);
    const predictions = frame.data.map(([x = 0]) => [1 - x, x]);
    return { body: JSON.stringify({ predictions }) };
  });
});

const policy: PolicyDocument = {
  validation: {
    mode: 'enabled',
    evaluation_data: evaluationData,
    thresholds: [{ metric: 'roc_auc', min: 0.5, min_change_vs_champion: -1 }],
    slices: [{ name: 'small', where: "group = 'small'", metric: 'roc_auc', min: 0.5 }],
    latency_p95_ms: 1e9,
  },
  promotion: { mode: 'auto', metric: 'roc_auc', test: 'delong' },
};

/** What a client logs of a model that only Python can load. */
const inPython = (column: Column) => ({
  files: {
    'model/MLmodel': `flavors:
  python_function:
    loader_module: mlflow.sklearn
signature:
  inputs: '[{"type": "double", "name": "${column}", "required": true}]'
`,
    'model/model.gbdt.json': null,
    'model/input_example.json': null,
  },
});

describe('a model that Python scores', () => {
  it('is validated and compared as others are', async () => {
    await aModel('sklearn', policy, context);
    await trainTiny(loop, 'sklearn', 'z', context, inPython('z'));
    await loop.settle();
    expect(await champion('sklearn')).toBe('1');
    await trainTiny(loop, 'sklearn', 'x', context, inPython('x'));
    await loop.settle();

    const { status, checks } = await getValidation('sklearn', '2');
    expect(status).toBe('PASSED');
    expect(checks.map(({ name, slice, status: one }) => [name, slice, one])).toEqual([
      ['artifact_loads', undefined, 'PASSED'],
      ['roc_auc', undefined, 'PASSED'],
      ['roc_auc_vs_champion', undefined, 'PASSED'],
      ['roc_auc', 'small', 'PASSED'],
      ['latency_p95', undefined, 'PASSED'],
    ]);
    expect(await champion('sklearn')).toBe('2');
    const [{ evidence } = { evidence: undefined }] = (await promotionsOf('sklearn', {})).promotions;
    expect(evidence?.comparison).toMatchObject({ test: 'delong', n: 600 });
    // The columns of the signature and no other: the label is not among them.
    expect(new Set(frames.flatMap(({ columns }) => columns))).toEqual(new Set(['x', 'z']));
    expect(frames.find(({ data }) => data.length > 1)?.data[0]).toEqual([tinyRows(1)[0]?.z]);
    // Once to validate the first; then it and the other, to validate and to compare.
    expect(built).toHaveLength(5);
    expect(new Set(built).size).toBe(2);
  });

  it('fails with the reason when its environment cannot be built', async () => {
    loop.tasks.ServingPythonBuild = async () => ({ problem: 'no scikit-learn==99', log: '' });
    await aModel('unbuilt', policy, context);
    await trainTiny(loop, 'unbuilt', 'x', context, inPython('x'));
    await loop.settle();
    const { status, checks } = await getValidation('unbuilt', '1');
    expect(status).toBe('FAILED');
    expect(checks.find(({ name }) => name === 'roc_auc')).toMatchObject({
      status: 'ERROR',
      message: 'the environment cannot be built: no scikit-learn==99',
    });
    expect(frames).toEqual([]);
  });

  it('is loaded also where nothing has it scored, and fails with the reason when it cannot be', async () => {
    await aModel('unscored', { validation: { mode: 'enabled' } }, context);
    await trainTiny(loop, 'unscored', 'x', context, inPython('x'));
    await loop.settle();
    expect((await getValidation('unscored', '1')).status).toBe('PASSED');
    expect(built).toHaveLength(1);
    expect(loaded).toEqual(built);
    expect(frames).toEqual([]);
    const problem = "No module named 'sklearn'";
    loop.tasks.ServingPython = async () => ({ problem, log: '' });
    await trainTiny(loop, 'unscored', 'x', context, inPython('x'));
    await loop.settle();
    const { status, checks } = await getValidation('unscored', '2');
    expect(status).toBe('FAILED');
    expect(checks).toMatchObject([{ name: 'artifact_loads', status: 'FAILED', message: problem }]);
  });

  it('is no champion when it cannot be compared, with the reason', async () => {
    const uncompared: PolicyDocument = {
      validation: { mode: 'disabled', evaluation_data: evaluationData },
      promotion: { mode: 'auto' },
    };
    await aModel('dies', uncompared, context);
    await trainTiny(loop, 'dies', 'n', context);
    await loop.settle();
    loop.tasks.ServingPython = async () => ({
      error_code: 'INTERNAL_ERROR',
      message: "The model's process ended while it answered (signal SIGKILL)",
    });
    await trainTiny(loop, 'dies', 'x', context, inPython('x'));
    await loop.settle();
    expect(await champion('dies')).toBe('1');
    expect((await promotionsOf('dies', {})).promotions[0]).toMatchObject({
      verdict: 'failed',
      text: expect.stringContaining('SIGKILL'),
    });
  });
});
