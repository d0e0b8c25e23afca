import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { compareModels } from '../../../functions/promotion/compare-models.ts';
import { decidePromotion } from '../../../functions/promotion/decide-promotion.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { findPromotion } from '../../../functions/promotion/promotion-store.ts';
import { aContext } from '../../support/context.ts';
import { aModel, automatic, champion } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { tinyRows, trainTiny } from '../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

const context = aContext();

/** An equal model is enough when its artefact is smaller by a tenth. */
const smaller: PolicyDocument = {
  ...automatic,
  promotion: {
    mode: 'auto',
    metric: 'roc_auc',
    test: 'delong',
    rule: 'non_inferior_and_cheaper',
    margin: 0.02,
    cheaper: { measure: 'size', by: 0.1 },
  },
};
const ballast = (bytes: number) => ({ files: { 'model/notes.txt': 'x'.repeat(bytes) } });

describe('a comparison of models whose features are looked up', () => {
  it('joins both the features of the moment, and none that came later', async () => {
    const rows = tinyRows(600);
    const csv = (columns: readonly string[], lines: readonly (readonly unknown[])[]) =>
      [columns, ...lines].map((line) => line.join(',')).join('\n');
    const labels = csv(
      ['customer', 'at', 'label'],
      rows.map(({ label }, i) => [`c${i}`, '2026-03-01T00:00:00Z', label]),
    );
    // What was known a month later would turn the verdict around.
    const features = csv(
      ['customer', 'known_at', 'x', 'z'],
      rows.flatMap(({ x, z }, i) => [
        [`c${i}`, '2026-02-01T00:00:00Z', x, z],
        [`c${i}`, '2026-04-01T00:00:00Z', 1 - x, z],
      ]),
    );
    await loop.put('features/customers.csv', features);
    const model = 'looked-up';
    const evaluation_data = {
      path: 'run:/evaluation/labels.csv',
      label: 'label',
      feature_lookups: [
        {
          path: 's3://artifacts/features/customers.csv',
          lookup_key: 'customer',
          timestamp_lookup_key: 'at',
          timestamp_key: 'known_at',
        },
      ],
    };
    const thresholds = [{ metric: 'roc_auc' as const, min: 0.5 }];
    const validation = { mode: 'enabled' as const, evaluation_data, thresholds };
    await aModel(model, { ...automatic, validation }, context);
    for (const column of ['z', 'x'] as const) {
      await trainTiny(loop, model, column, context, { files: { 'evaluation/labels.csv': labels } });
      await loop.settle();
    }

    expect(await champion(model)).toBe('2');
    const [latest] = (await promotionsOf(model, {})).promotions;
    expect(latest?.verdict).toBe('promoted');
  });
});

describe('a comparison by cost', () => {
  it.each([
    { title: 'a smaller challenger wins', sizes: [90_000, 10_000], wins: true },
    { title: 'a larger challenger loses', sizes: [10_000, 90_000], wins: false },
  ])('takes each model’s own cost: $title', async ({ sizes: [old = 0, young = 0], wins }) => {
    const model = wins ? 'shrunk' : 'grown';
    await aModel(model, smaller, context);
    await trainTiny(loop, model, 'x', context, ballast(old));
    await loop.settle();
    await trainTiny(loop, model, 'x', context, ballast(young));
    await loop.settle();

    expect(await champion(model)).toBe(wins ? '2' : '1');
    const [latest] = (await promotionsOf(model, {})).promotions;
    expect(latest?.verdict).toBe(wins ? 'promoted' : 'rejected');
    const { challenger, champion: former, cheaper } = latest!.evidence.cost!;
    expect(challenger - former).toBe(young - old);
    expect(challenger).toBeGreaterThan(young);
    expect(cheaper).toBe(wins);
  });
});

describe('what follows a comparison', () => {
  it.each([
    ['after a day', 'P1D', 24 * 3600],
    // A month is a calendar's, and November has thirty days.
    ['not at all when the request has expired by then', 'P30D', 0],
  ])('asks others, too, %s', async (_when, after, seconds) => {
    const model = `escalating-${after}`;
    const escalation = { after, to: ['group:heads'] };
    const approval = { required: true, expires_in: 'P1M', escalation };
    await aModel(model, { ...automatic, approval }, context);
    const input = { promotion_id: model, model, version: '1' };
    expect(await compareModels(input, context)).toMatchObject({
      approval_required: true,
      expires_seconds: 30 * 24 * 3600,
      escalate_seconds: seconds,
    });
  });

  it('is nothing when another comparison of the promotion was decided on meanwhile', async () => {
    const model = 'raced';
    await aModel(model, automatic, context);
    await trainTiny(loop, model, 'n', context);
    await loop.settle();
    const input = {
      promotion_id: model,
      model,
      version: await trainTiny(loop, model, 'x', context),
    };
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const read = S3Client.prototype.send;
    vi.spyOn(S3Client.prototype, 'send').mockImplementationOnce(async function (
      this: S3Client,
      ...given: unknown[]
    ) {
      reached.resolve();
      await released.promise;
      return Reflect.apply(read, this, given);
    });
    const late = compareModels(input, context);
    await reached.promise;
    expect(await compareModels(input, context)).toMatchObject({ next: 'promote' });
    await decidePromotion(input, context);
    const decided = await findPromotion(model);
    released.resolve();

    expect(await late).toMatchObject({ next: 'decided' });
    expect(decided).toMatchObject({ status: 'DECIDED', verdict: 'promoted' });
    expect(await findPromotion(model)).toEqual(decided);
  });
});
