import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { revertPromotion } from '../../../functions/promotion/revert-promotion.ts';
import { moveAlias } from '../../../functions/registry/index.ts';
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

describe('reverting a promotion', () => {
  it('gives the alias back once, and only while the promoted version has it', async () => {
    await aModel('back', automatic, context);
    await trainTiny(loop, 'back', 'z', context);
    await loop.settle();
    await trainTiny(loop, 'back', 'x', context);
    await loop.settle();
    const [latest, first] = (await promotionsOf('back', {})).promotions;

    const reverted = await revertPromotion(latest!.id, context);

    expect(reverted.reverted).toMatchObject({ by: 'ana' });
    expect(await champion('back')).toBe('1');
    await expect(revertPromotion(latest!.id, context)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
    await expect(revertPromotion(first!.id, context)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
  });

  it('is refused when the champion is another version by now', async () => {
    await aModel('moved', automatic, context);
    await trainTiny(loop, 'moved', 'z', context);
    await loop.settle();
    await trainTiny(loop, 'moved', 'x', context);
    await loop.settle();
    await moveAlias({ model: 'moved', alias: 'champion', version: '1', cause: 'request' }, context);
    const [latest] = (await promotionsOf('moved', {})).promotions;

    await expect(revertPromotion(latest!.id, context)).rejects.toMatchObject({
      code: 'RESOURCE_CONFLICT',
    });
    expect(await champion('moved')).toBe('1');
  });
});
