import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putPolicy } from '../../../functions/policies/put-policy.ts';
import { compareModels } from '../../../functions/promotion/compare-models.ts';
import { decidePromotion } from '../../../functions/promotion/decide-promotion.ts';
import { findPromotion } from '../../../functions/promotion/promotion-store.ts';
import { startPromotion } from '../../../functions/promotion/start-promotion.ts';
import {
  findRegisteredModel,
  getModelVersion,
  getVersionByAlias,
} from '../../../functions/registry/index.ts';
import {
  finishRename,
  renameRegisteredModel,
} from '../../../functions/registry/models/rename-registered-model.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import { platformTable } from '../../../functions/serving/table.ts';
import { aContext } from '../../support/context.ts';
import { before as beforeCall, killAt } from '../../support/crash/kill-at.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { aModel, automatic, champion } from '../../support/governed-model.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
});
afterAll(() => dynamo.stop());

const context = aContext();
const CALLS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
let model = '';
let model_id = '';
let count = 0;

/** No consumer is told of the rename: what is tested finds the model, and its policy, by itself. */
const rename = () => renameRegisteredModel({ name: model, new_name: `new-${model}` }, context);

beforeEach(async () => {
  model = `m${++count}`;
  await aModel(model, automatic, context);
  await createModelVersion({ name: model, source: 's3://bucket/model' }, context);
  model_id = (await findRegisteredModel(model))?.id ?? '';
});

const about = () => ({ promotion_id: model, model, model_id, version: '1' });
const verdict = () =>
  ({ model, model_id, version: '1', status: 'PASSED', dry_run: false }) as const;
const compare = () => compareModels(about(), context);
const decide = () => decidePromotion(about(), context);

describe('a model that is renamed before call', () => {
  it.each(CALLS)('%d of the reaction to a verdict has its challenger', async (call) => {
    await putPolicy({ name: model, document: { promotion: { mode: 'manual' } } }, context);
    await beforeCall(call, rename, () => startPromotion(verdict(), context, model));
    expect(await getVersionByAlias(`new-${model}`, 'challenger')).toBe('1');
  });

  it('has its challenger when a rename that died half done is finished', async () => {
    await putPolicy({ name: model, document: { promotion: { mode: 'manual' } } }, context);
    await killAt(7, true, rename);
    expect(await getModelVersion(model, '1')).toBeUndefined();
    const reaction = startPromotion(verdict(), context, model);
    await finishRename(model, `new-${model}`, context);
    await reaction;
    expect(await getVersionByAlias(`new-${model}`, 'challenger')).toBe('1');
  });

  it.each(CALLS)('%d of a comparison, or of the decision, has its champion', async (call) => {
    await beforeCall(call, rename, async () => {
      await compare();
      const { status } = await decide();
      if (status !== 'changed') return;
      await compare();
      await decide();
    });
    expect(await findPromotion(model)).toMatchObject({ verdict: 'promoted', status: 'DECIDED' });
    expect(await champion(`new-${model}`)).toBe('1');
  });
});
