import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  answerApproval,
  expireApproval,
  requestApproval,
} from '../../../functions/approvals/index.ts';
import { putPolicy } from '../../../functions/policies/put-policy.ts';
import { compareModels } from '../../../functions/promotion/compare-models.ts';
import { decidePromotion } from '../../../functions/promotion/decide-promotion.ts';
import type { Promotion, PromotionVerdict } from '../../../functions/promotion/promotion.ts';
import { findPromotion, savePromotion } from '../../../functions/promotion/promotion-store.ts';
import { startPromotion } from '../../../functions/promotion/start-promotion.ts';
import { getVersionByAlias } from '../../../functions/registry/index.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { deleteRegisteredModel } from '../../../functions/registry/models/delete-registered-model.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import { deleteModelVersion } from '../../../functions/registry/versions/delete-model-version.ts';
import { platformTable } from '../../../functions/serving/table.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { aModel, automatic, champion, eventsOf } from '../../support/governed-model.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
});
afterAll(() => dynamo.stop());

const context = aContext();
const lead = aContext({ actor: { user: 'ben', groups: ['ml-leads'] } });
let model = '';
let count = 0;

/** A version that was compared and, by the evidence, came to a verdict. */
beforeEach(async () => {
  model = `decided-${++count}`;
  await aModel(model, automatic, context);
  await createModelVersion({ name: model, source: 's3://bucket/model' }, context);
});

async function compared(verdict: PromotionVerdict, more: Partial<Promotion> = {}) {
  await savePromotion({
    ...more,
    id: model,
    model,
    challenger: '1',
    champion: null,
    status: 'DECIDING',
    verdict,
    evidence: { kind: 'none' },
    text: 'compared',
    policy: null,
    reverted: null,
    created_at: '2026-11-21T10:00:00.000Z',
    decided_at: null,
  });
}

const asked = (quorum = 1) =>
  requestApproval(
    {
      id: model,
      kind: 'promotion',
      model,
      version: '1',
      champion: null,
      token: 't',
      requested_by: 'ana',
      approvers: [],
      quorum,
      self_approval: false,
      evidence: '',
      expires_at: '2026-12-01T00:00:00.000Z',
    },
    context,
  );

const vote = (decision: 'approve' | 'deny') =>
  answerApproval({ id: model, decision, comment: '' }, lead);

/** A policy that came to ask for approval after the comparison had asked whether it does. */
const askForApproval = () =>
  putPolicy({ name: model, document: { ...automatic, approval: { required: true } } }, context);

const decide = () => decidePromotion({ promotion_id: model, model, version: '1' }, context);

async function undecided() {
  expect(await decide()).toEqual({ status: 'changed' });
  expect(await champion(model)).toBeUndefined();
  expect((await findPromotion(model))?.status).toBe('DECIDING');
  expect(await eventsOf(model, 'PromotionDecided')).toEqual([]);
}

describe('a decision', () => {
  it('rejects a version that was deleted since it was compared', async () => {
    await compared('promoted');
    await deleteModelVersion({ name: model, version: '1' }, context);
    expect(await decide()).toEqual({ status: 'decided', verdict: 'rejected' });
    expect(await findPromotion(model)).toMatchObject({
      text: `version 1 of ${model} was deleted before a decision`,
    });
    expect(await champion(model)).toBeUndefined();
  });
});

describe('a promotion of a version whose number came back', () => {
  /** Deletes the model and makes it anew, an hour later. */
  async function anew() {
    await deleteRegisteredModel({ name: model }, context);
    const later = aContext({ clock: () => context.clock() + 3_600_000 });
    await createRegisteredModel({ name: model }, later);
    await createModelVersion({ name: model, source: 's3://bucket/other' }, later);
  }

  it('does not promote the other one, though it was approved', async () => {
    const registered_at = new Date(context.clock()).toISOString();
    await compared('promoted', { registered_at });
    await asked();
    await vote('approve');
    await anew();
    expect(await decide()).toEqual({ status: 'decided', verdict: 'rejected' });
    expect(await champion(model)).toBeUndefined();
  });

  it('makes it no challenger by a verdict that was on the other one', async () => {
    await putPolicy({ name: model, document: { promotion: { mode: 'manual' } } }, context);
    const verdict = { model, version: '1', status: 'PASSED', dry_run: false } as const;
    const of = (at: number) => ({ ...verdict, registered_at: new Date(at).toISOString() });
    await anew();
    await startPromotion(of(context.clock()), context, 'late');
    expect(await getVersionByAlias(model, 'challenger')).toBeUndefined();
    await startPromotion(of(context.clock() + 3_600_000), context, 'own');
    expect(await getVersionByAlias(model, 'challenger')).toBe('1');
  });

  it('does not compare it after such a verdict', async () => {
    const registered_at = new Date(context.clock()).toISOString();
    await anew();
    const about = { promotion_id: model, model, version: '1', registered_at };
    expect(await compareModels(about, context)).toMatchObject({ next: 'settle' });
    expect(await findPromotion(model)).toMatchObject({ verdict: 'rejected', registered_at });
  });

  it('does not compare it either', async () => {
    const about = { promotion_id: model, model, version: '1' };
    expect(await compareModels(about, context)).toMatchObject({ next: 'promote' });
    expect(await findPromotion(model)).toMatchObject({
      registered_at: new Date(context.clock()).toISOString(),
    });
    await anew();
    expect(await compareModels(about, context)).toMatchObject({ next: 'settle' });
    expect(await findPromotion(model)).toMatchObject({
      verdict: 'rejected',
      text: `version 1 of ${model} was deleted before a decision`,
    });
  });
});

describe('the gate before a decision', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['nobody was asked', async () => {}],
    ['nobody has answered', () => asked()],
    ['votes are missing', () => asked(2).then(() => vote('approve'))],
    ['somebody denied', () => asked().then(() => vote('deny'))],
    ['the time was over', () => asked().then(() => expireApproval(model, context))],
  ])('lets nothing through that the policy asks for by now when %s', async (_why, before) => {
    await compared('promoted');
    await before();
    await askForApproval();
    await undecided();
  });

  it('lets through what was approved', async () => {
    await compared('promoted');
    await asked();
    await askForApproval();
    await undecided();
    await vote('approve');
    expect(await decide()).toEqual({ status: 'decided', verdict: 'promoted' });
    expect(await champion(model)).toBe('1');
  });

  it('is not there without a policy that asks, and stops no rejection', async () => {
    await compared('promoted');
    expect(await decide()).toEqual({ status: 'decided', verdict: 'promoted' });
    expect(await champion(model)).toBe('1');
    model = `rejected-${count}`;
    await aModel(model, automatic, context);
    await createModelVersion({ name: model, source: 's3://bucket/model' }, context);
    await compared('rejected');
    await askForApproval();
    expect(await decide()).toEqual({ status: 'decided', verdict: 'rejected' });
    expect(await champion(model)).toBeUndefined();
  });
});
