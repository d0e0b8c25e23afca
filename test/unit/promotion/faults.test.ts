import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { getModelVersion } from '../../../functions/registry/index.ts';
import { getValidation } from '../../../functions/validation/get-validation.ts';
import { aContext } from '../../support/context.ts';
import { aModel, champion, evaluationData, eventsOf } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { parquetOf, tinyRows, trainTiny } from '../../support/tiny-model.ts';

const context = aContext();

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

/** Whatever passes is compared, and nothing is asked of the data before. */
const compared: PolicyDocument = {
  validation: { mode: 'disabled', evaluation_data: evaluationData },
  promotion: { mode: 'auto', metric: 'roc_auc', test: 'delong' },
};
const thresholds: PolicyDocument = {
  validation: {
    mode: 'enabled',
    evaluation_data: evaluationData,
    thresholds: [{ metric: 'roc_auc', min: 0.5 }],
  },
};

const rows = tinyRows(200);
const holdout = (kept: typeof rows) => ({ 'evaluation/holdout.parquet': parquetOf(kept) });
const ONE_CLASS = holdout(rows.map((row) => ({ ...row, label: 1 })));
const EMPTY = holdout([]);
const UNLABELLED = holdout(
  rows.map((row, i) => (i === 7 ? { ...row, label: Number.NaN } : row) as (typeof rows)[number]),
);

async function deleteFiles(model: string, version: string): Promise<void> {
  const source = (await getModelVersion(model, version))?.source ?? '';
  const folder = source.replace('mlflow-artifacts:/', 'mlflow-artifacts/').replace('//', '/');
  const client = new S3Client({ forcePathStyle: true });
  for (const file of ['MLmodel', 'model.gbdt.json']) {
    await client.send(new DeleteObjectCommand({ Bucket: 'artifacts', Key: `${folder}/${file}` }));
  }
  client.destroy();
}

/** The verdict and the reason of the last promotion, which must have been announced. */
async function lastOf(model: string): Promise<readonly [string | null, string]> {
  const [last] = (await promotionsOf(model, {})).promotions;
  const decided = await eventsOf(model, 'PromotionDecided');
  expect(decided.at(-1)?.data).toMatchObject({ verdict: last?.verdict, challenger: '2' });
  return [last?.verdict ?? null, last?.text ?? ''];
}

describe('a comparison that cannot be made', () => {
  it.each([
    ['the champion’s files are gone', 'orphaned', {}, 'roc_auc', /Champion 1: .*no file MLmodel/],
    ['the labels are of one class', 'one-class', ONE_CLASS, 'roc_auc', /class/i],
    ['there are no rows', 'rowless', EMPTY, 'roc_auc', /row/i],
    ['the metric is no number', 'undefined', ONE_CLASS, 'r2', /r2 .*not defined/i],
    ['a label is none', 'unlabelled', UNLABELLED, 'roc_auc', /Row 7 .* has the label/i],
  ] as const)(
    'has a verdict that says why, and leaves the champion: %s',
    async (_how, model, files, metric, why) => {
      await aModel(model, { ...compared, promotion: { mode: 'auto', metric } }, context);
      await trainTiny(loop, model, 'n', context);
      await loop.settle();
      expect(await champion(model)).toBe('1');
      if (model === 'orphaned') await deleteFiles(model, '1');
      await trainTiny(loop, model, 'x', context, { files });
      await loop.settle();

      const [verdict, text] = await lastOf(model);
      expect(['failed', 'rejected']).toContain(verdict);
      expect(text).toMatch(why);
      expect(await champion(model)).toBe('1');
    },
  );
});

describe('a threshold that cannot be measured', () => {
  it('says that it is the champion whose files are gone', async () => {
    const model = 'bereft';
    const rule = { metric: 'roc_auc', min_change_vs_champion: -0.5 } as const;
    const validation = { ...thresholds.validation, thresholds: [rule] };
    await aModel(model, { validation, promotion: compared.promotion } as PolicyDocument, context);
    await trainTiny(loop, model, 'n', context);
    await loop.settle();
    expect(await champion(model)).toBe('1');
    await deleteFiles(model, '1');
    const version = await trainTiny(loop, model, 'x', context);
    await loop.settle();
    const { status, checks } = await getValidation(model, version);
    expect(status).toBe('FAILED');
    expect(checks.find(({ name }) => name === 'roc_auc_vs_champion')).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(/Champion 1: .*no file MLmodel/),
    });
  });

  it.each([
    ['of one class', 'unmeasured', ONE_CLASS],
    ['of no rows', 'nothing', EMPTY],
  ])('fails the version, with the reason, on a set %s', async (_which, model, files) => {
    await aModel(model, thresholds, context);
    const version = await trainTiny(loop, model, 'x', context, { files });
    await loop.settle();
    const { status, checks } = await getValidation(model, version);
    const check = checks.find(({ name }) => name === 'roc_auc');
    expect([status, check?.status]).not.toContain('PASSED');
    expect(check?.message).toMatch(/class|row|defined/i);
  });
});
