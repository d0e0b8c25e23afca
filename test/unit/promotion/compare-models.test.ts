import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { aContext } from '../../support/context.ts';
import { aModel, automatic, champion } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { trainTiny } from '../../support/tiny-model.ts';

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
    ...{ mode: 'auto', metric: 'roc_auc', test: 'delong', rule: 'non_inferior_and_cheaper' },
    ...{ margin: 0.02, cheaper: { measure: 'size', by: 0.1 } },
  },
};
const ballast = (bytes: number) => ({ files: { 'model/notes.txt': 'x'.repeat(bytes) } });

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
