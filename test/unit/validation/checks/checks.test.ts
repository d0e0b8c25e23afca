import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../../../functions/policies/policy.ts';
import { setTag } from '../../../../functions/registry/change-tags.ts';
import { getValidation } from '../../../../functions/validation/get-validation.ts';
import { aContext } from '../../../support/context.ts';
import { aModel, evaluationData, eventsOf } from '../../../support/governed-model.ts';
import { type Loop, startLoop } from '../../../support/loop.ts';
import { classifierOnnx, onnxDescription } from '../../../support/onnx-models.ts';
import { parquetOf, tinyRows, trainTiny } from '../../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

const context = aContext();
type Validation = NonNullable<PolicyDocument['validation']>;

let count = 0;

/** Registers a version under a policy of its own and answers its validation. */
async function validate(
  part: Omit<Validation, 'mode'>,
  options: Parameters<typeof trainTiny>[4] = {},
  before?: (model: string) => Promise<void>,
) {
  const model = `checked-${++count}`;
  await aModel(model, { validation: { mode: 'enabled', ...part } }, context);
  await before?.(model);
  const version = await trainTiny(loop, model, 'x', context, options);
  await loop.settle();
  const validation = await getValidation(model, version);
  const of = (name: string) => validation.checks.filter((check) => check.name === name);
  return { model, validation, of, check: (name: string) => of(name)[0] };
}

const requirements = { 'model/requirements.txt': 'numpy==2.3.1\n# why\nscikit-learn\n' };
const rows = () => tinyRows(600);

describe('metadata', () => {
  it('asks for dependencies, documentation and compliance fields, with their values', async () => {
    const require = {
      dependencies: true,
      documentation: true,
      compliance: { risk_class: ['minimal', 'limited'], purpose: [] },
    };
    const { validation, check } = await validate(
      { require },
      { files: { ...requirements, 'model/README.md': '# what it is for' } },
      (model) => setTag({ name: model, key: 'risk_class', value: 'limited' }, context),
    );
    expect(check('dependencies')).toMatchObject({
      status: 'PASSED',
      message: 'names 2 packages; without a version: scikit-learn',
    });
    expect(check('documentation')).toMatchObject({ status: 'PASSED' });
    expect(check('compliance:risk_class')).toMatchObject({ status: 'PASSED' });
    expect(check('compliance:purpose')).toMatchObject({
      status: 'FAILED',
      message: 'neither the version nor its model has the tag purpose',
    });
    expect(validation.status).toBe('FAILED');
  });

  it('refuses a value that is not allowed, requirements that are none, and no documents', async () => {
    const { check } = await validate(
      { require: { dependencies: true, documentation: true, compliance: { risk: ['low'] } } },
      { files: { 'model/requirements.txt': 'numpy and pandas' } },
      (model) => setTag({ name: model, key: 'risk', value: 'high' }, context),
    );
    expect(check('dependencies')).toMatchObject({
      status: 'FAILED',
      message: "'numpy and pandas' is no requirement",
    });
    expect(check('documentation')?.status).toBe('FAILED');
    expect(check('compliance:risk')).toMatchObject({
      status: 'FAILED',
      message: 'risk is high, not one of low',
    });
  });

  it('takes packages from conda.yaml, and asks none of flavors that need none', async () => {
    const conda = 'dependencies:\n  - python=3.12\n  - pip:\n      - pandas==2.3\n';
    const declared = await validate(
      { require: { dependencies: true } },
      { files: { 'model/conda.yaml': conda } },
    );
    expect(declared.check('dependencies')?.message).toBe('names 2 packages, each with its version');
    const native = await validate({ require: { dependencies: true } });
    expect(native.check('dependencies')).toMatchObject({
      status: 'PASSED',
      message: 'its flavors need no packages',
    });
  });
});

describe('the evaluation data', () => {
  it('is held against the signature and against what the policy asks', async () => {
    const { validation, check } = await validate({
      evaluation_data: evaluationData,
      data_quality: {
        min_rows: 500,
        max_duplicates: 0,
        max_missing: 0,
        min_class_share: 0.2,
        columns: {
          x: { type: 'number', min: 0, max: 1, max_missing: 0 },
          group: { type: 'string', values: ['small', 'large'] },
        },
      },
    });
    expect(validation.checks.filter(({ status }) => status !== 'PASSED')).toEqual([]);
    expect(check('data_rows')).toMatchObject({ measured: 600, limit: { min: 500 }, unit: 'rows' });
    expect(check('data_classes')?.measured).toBeGreaterThan(0.3);
  });

  it('fails with the row, the column and the share that are wrong', async () => {
    const holdout = rows().map((row, i) => ({ ...row, ...(i < 60 && { group: 'odd' }) }));
    const { validation, check } = await validate(
      {
        evaluation_data: evaluationData,
        data_quality: {
          min_rows: 1000,
          max_duplicates: 0.01,
          min_class_share: 0.49,
          columns: {
            n: { max: 0.9 },
            group: { values: ['small', 'large'] },
            label: { type: 'string' },
            weather: {},
          },
        },
      },
      {
        files: { 'evaluation/holdout.parquet': parquetOf([...holdout, ...holdout.slice(0, 100)]) },
      },
    );
    expect(validation.status).toBe('FAILED');
    expect(check('data_schema')).toMatchObject({ status: 'FAILED', measured: 2, unit: 'columns' });
    expect(check('data_schema')?.message).toMatch(
      /'weather' is missing.*'label' is [01], not a string/,
    );
    expect(check('data_rows')).toMatchObject({ status: 'FAILED', measured: 700 });
    expect(check('data_duplicates')?.measured).toBeCloseTo(100 / 700, 12);
    expect(check('data_classes')?.status).toBe('FAILED');
    expect(check('data_range:n')).toMatchObject({ status: 'FAILED', unit: 'rows' });
    expect(check('data_values:group')).toMatchObject({
      status: 'FAILED',
      measured: 120,
      message: 'row 0 is "odd", not one of small, large',
    });
  });

  it('reports an empty set and a missing column for what they are', async () => {
    const csv = { path: 'run:/evaluation/rows.csv', label: 'label' };
    const quality = { min_rows: 1 };
    const empty = await validate(
      { evaluation_data: csv, data_quality: quality },
      { files: { 'evaluation/rows.csv': 'x,label\n' } },
    );
    expect(empty.check('data_schema')).toMatchObject({
      status: 'ERROR',
      message: 'The evaluation data has no rows',
    });
    const lacking = await validate(
      { evaluation_data: csv, data_quality: { max_missing: 0.4 } },
      { files: { 'evaluation/rows.csv': 'x,label\n,1\n0.5,0\n' } },
    );
    expect(lacking.check('data_missing')).toMatchObject({ status: 'FAILED', measured: 0.5 });
    expect(lacking.check('data_missing')?.message).toContain("'x'");
  });
});

describe('feature consistency', () => {
  const example = (columns: string[], data: unknown[][]) => JSON.stringify({ columns, data });
  const described = `flavors:
  slipway.gbdt:
    data: model.gbdt.json
saved_input_example_info:
  artifact_path: input_example.json
  serving_input_path: serving_input_example.json
signature:
  inputs: '[{"type": "double", "name": "x", "required": true}]'
`;

  it('passes for an example that serving sees as training did', async () => {
    const { validation, check } = await validate(
      { feature_consistency: true },
      {
        files: {
          'model/MLmodel': described,
          'model/input_example.json': example(['x'], [[0.5], [0.7], [0.1]]),
          'model/serving_input_example.json': JSON.stringify({
            dataframe_split: { columns: ['x'], data: [[0.5], [0.7], [0.1]] },
          }),
        },
      },
    );
    expect(validation.status).toBe('PASSED');
    expect(check('feature_columns')).toMatchObject({ status: 'PASSED', measured: 0 });
    expect(check('feature_values')?.message).toBe('3 logged rows, the same values');
  });

  it('names the column that serving does not know and the value that differs', async () => {
    const { check } = await validate(
      { feature_consistency: true },
      {
        files: {
          'model/MLmodel': described,
          'model/input_example.json': example(['x', 'age'], [[0.5, 3]]),
          'model/serving_input_example.json': JSON.stringify({
            dataframe_split: { columns: ['x'], data: [[50]] },
          }),
        },
      },
    );
    expect(check('feature_columns')).toMatchObject({
      status: 'FAILED',
      message: "the logged example has 'age', which the signature does not know",
    });
    expect(check('feature_types')?.status).toBe('PASSED');
    expect(check('feature_values')).toMatchObject({
      status: 'FAILED',
      message: 'x of row 0 is 0.5 as logged and 50 as served',
    });
  });

  it('is an error without a logged example', async () => {
    const { check } = await validate(
      { feature_consistency: true },
      { files: { 'model/MLmodel': described.replace(/saved_input[\s\S]*?(?=signature)/, '') } },
    );
    expect(check('feature_columns')).toMatchObject({
      status: 'ERROR',
      message: 'No input example was logged with the model',
    });
  });
});

describe('performance', () => {
  it('judges a classifier in ONNX by the probability of the second of two classes', async () => {
    const part: Omit<Validation, 'mode'> = {
      evaluation_data: evaluationData,
      thresholds: [{ metric: 'roc_auc', min: 0.5 }],
      latency_p95_ms: 60_000,
    };
    const column = { name: 'x', type: 'double', required: true };
    const onnx = (classes?: string[]) => ({
      files: {
        'model/model.gbdt.json': null,
        'model/MLmodel': onnxDescription([column]),
        'model/model.onnx': classifierOnnx(classes),
      },
    });
    const [gbdt, two] = [await validate(part), await validate(part, onnx())];
    expect(two.check('artifact_loads')?.message).toContain('loaded');
    expect(two.check('latency_p95')).toMatchObject({ status: 'PASSED' });
    // Both grow with x, the trees in forty steps.
    const measured = gbdt.check('roc_auc')?.measured;
    expect(measured).toBeGreaterThan(0.6);
    expect(two.check('roc_auc')?.measured).toBeCloseTo(measured ?? 0, 2);
  });

  it('compares with the champion relatively, and with a baseline that needs no model', async () => {
    const model = `checked-${++count}`;
    await aModel(
      model,
      {
        validation: {
          mode: 'enabled',
          evaluation_data: evaluationData,
          thresholds: [
            {
              metric: 'roc_auc',
              min_relative_change_vs_champion: 0.05,
              min_change_vs_baseline: 0.2,
            },
            { metric: 'log_loss', min_change_vs_baseline: 0 },
          ],
        },
        promotion: { mode: 'auto' },
      },
      context,
    );
    await trainTiny(loop, model, 'z', context);
    await loop.settle();
    const first = await getValidation(model, '1');
    expect(first.checks.find(({ name }) => name === 'roc_auc_vs_champion_relative')).toMatchObject({
      status: 'SKIPPED',
    });
    expect(first.checks.find(({ name }) => name === 'roc_auc_vs_baseline')).toMatchObject({
      status: 'FAILED',
    });
    const { check } = await validate({
      evaluation_data: evaluationData,
      baseline: { column: 'z' },
      thresholds: [{ metric: 'roc_auc', min_change_vs_baseline: 0.05 }],
    });
    expect(check('roc_auc_vs_baseline')).toMatchObject({
      status: 'PASSED',
      limit: { min: 0.05 },
      unit: 'roc_auc change',
    });
  });

  it('names the worst slice, of conditions and of the values of a column', async () => {
    const { validation, of } = await validate({
      evaluation_data: evaluationData,
      slices: [
        { name: 'small', where: "group = 'small'", metric: 'roc_auc', min: 0.999 },
        { name: 'large', where: "group = 'large'", metric: 'roc_auc', min: 0.2 },
        { name: 'groups', by: 'group', metric: 'roc_auc', min: 0.2 },
        { name: 'values', by: 'n', min_rows: 600, metric: 'roc_auc', min: 0.2 },
      ],
    });
    expect(of('roc_auc')).toMatchObject([
      { slice: 'small', status: 'FAILED' },
      { slice: 'large', status: 'PASSED' },
      { slice: 'groups', status: 'PASSED' },
      { slice: 'values', status: 'ERROR' },
    ]);
    expect(of('roc_auc')[2]?.message).toMatch(
      /^roc_auc 0\.\d+ in the worst of 2 slices, group = "(small|large)"$/,
    );
    expect(validation.worst_slices).toEqual([
      {
        check: 'roc_auc',
        slice: 'small',
        measured: of('roc_auc')[0]?.measured,
        status: 'FAILED',
      },
    ]);
  });

  it('names the worst slice of one rule by the value of its column, in the event, too', async () => {
    const { model, validation, check } = await validate({
      evaluation_data: evaluationData,
      slices: [{ name: 'groups', by: 'group', metric: 'roc_auc', min: 0.999 }],
    });
    const slice = check('roc_auc')?.worst?.slice;
    expect(slice).toMatch(/^group = "(small|large)"$/);
    expect(check('roc_auc')).toMatchObject({ slice: 'groups', worst: { slice, of: 2 } });
    expect(validation.worst_slices).toEqual([
      {
        check: 'roc_auc',
        slice,
        rule: 'groups',
        measured: check('roc_auc')?.measured,
        status: 'FAILED',
      },
    ]);
    const [event] = await eventsOf(model, 'ModelVersionValidated');
    expect(event?.data.failed_checks).toEqual([`roc_auc (groups: ${slice})`]);
  });

  it('measures latency by the logged example where there is no evaluation data', async () => {
    const { check } = await validate({ latency_p95_ms: 5000 });
    expect(check('latency_p95')).toMatchObject({ status: 'PASSED', unit: 'ms' });
  });

  it('says so in the event when the evaluation data is not there', async () => {
    const { model, check } = await validate({
      evaluation_data: { path: 'run:/evaluation/none.parquet', label: 'label' },
      thresholds: [{ metric: 'roc_auc', min: 0.5 }],
    });
    expect(check('roc_auc')).toMatchObject({ status: 'ERROR' });
    const [event] = await eventsOf(model, 'ModelVersionValidated');
    expect(event?.data.failed_checks).toEqual(['roc_auc']);
  });
});
