import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvals } from '../../../functions/approvals/get-approval.ts';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { getVersionByAlias } from '../../../functions/registry/index.ts';
import { approveTransitionRequest } from '../../../functions/registry/workspace/transition-requests.ts';
import { getValidation } from '../../../functions/validation/get-validation.ts';
import { aContext } from '../../support/context.ts';
import {
  aModel,
  automatic,
  champion,
  evaluationData,
  eventsOf,
} from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { announced } from '../../support/outbox.ts';
import { parquetOf, tinyRows, trainTiny } from '../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

const context = aContext();
const challenger = (model: string) => getVersionByAlias(model, 'challenger');

/** Demands a tag that no version has. */
const failing = (mode: 'enabled' | 'dry_run'): PolicyDocument => ({
  ...automatic,
  validation: { mode, evaluation_data: evaluationData, require: { tags: ['owner'] } },
});

async function trained(model: string, policy: PolicyDocument | undefined) {
  await aModel(model, policy, context);
  const version = await trainTiny(loop, model, 'x', context);
  await loop.settle();
  return version;
}

describe('a version that failed', () => {
  it('is no challenger, and is compared with nothing, though promotion is automatic', async () => {
    const version = await trained('failed', failing('enabled'));
    expect((await getValidation('failed', version)).status).toBe('FAILED');
    expect(await challenger('failed')).toBeUndefined();
    expect(await promotionsOf('failed', {})).toEqual({ promotions: [] });
  });

  it('goes on where its policy validates on trial: the verdict is kept and stops nothing', async () => {
    const version = await trained('on-trial', failing('dry_run'));
    expect(await getValidation('on-trial', version)).toMatchObject({
      status: 'FAILED',
      dry_run: true,
    });
    expect(await eventsOf('on-trial', 'ModelVersionValidated')).toMatchObject([
      { data: { status: 'FAILED', dry_run: true, failed_checks: ['tag:owner'] } },
    ]);
    expect(await challenger('on-trial')).toBe(version);
    expect(await champion('on-trial')).toBe(version);
  });
});

it('a model that nobody gave a policy to hears of nothing but its registration', async () => {
  await trained('alone', undefined);
  const told = (await announced('registry')).filter(({ data }) => data.model === 'alone');
  expect(told.map(({ type }) => type)).toEqual([
    'RegisteredModelCreated',
    'ModelVersionRegistered',
  ]);
  expect(await challenger('alone')).toBeUndefined();
  expect(await promotionsOf('alone', {})).toEqual({ promotions: [] });
});

it('evaluation data lies in a bucket as well as in the version’s run', async () => {
  await loop.put('evaluation/common.parquet', parquetOf(tinyRows(200, 7)));
  const evaluation_data = { path: 's3://artifacts/evaluation/common.parquet', label: 'label' };
  const version = await trained('bucketed', {
    validation: {
      mode: 'enabled',
      evaluation_data,
      thresholds: [{ metric: 'roc_auc', min: 0.5 }],
      data_quality: { min_rows: 200 },
    },
  });
  const { status, checks } = await getValidation('bucketed', version);
  expect(status).toBe('PASSED');
  expect(checks).toContainEqual(expect.objectContaining({ name: 'data_rows', measured: 200 }));
});

it('a promotion that waits for people goes on by the approval of a transition request', async () => {
  const lead = aContext({ actor: { user: 'ben', groups: ['ml-leads'] } });
  await aModel(
    'transitioned',
    { ...automatic, approval: { required: true, approvers: ['group:ml-leads'] } },
    context,
  );
  const version = await trainTiny(loop, 'transitioned', 'x', context);
  const waits = async () =>
    (await approvals({ status: 'PENDING' })).approvals.some(
      ({ model }) => model === 'transitioned',
    );
  await loop.settle({ until: waits });
  expect(await champion('transitioned')).toBeUndefined();

  const request = { name: 'transitioned', version, stage: 'Production', comment: 'go' };
  await approveTransitionRequest({ ...request, archive_existing_versions: false }, lead);
  await loop.settle();
  expect(await champion('transitioned')).toBe(version);
  expect((await promotionsOf('transitioned', {})).promotions).toMatchObject([
    { status: 'DECIDED', verdict: 'promoted' },
  ]);
});
