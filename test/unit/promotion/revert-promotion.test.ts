import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { revertPromotion } from '../../../functions/promotion/revert-promotion.ts';
import { moveAlias } from '../../../functions/registry/index.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { deleteRegisteredModel } from '../../../functions/registry/models/delete-registered-model.ts';
import { renameRegisteredModel } from '../../../functions/registry/models/rename-registered-model.ts';
import type { OperationContext } from '../../../functions/shared/context.ts';
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

  it('is done, and listed, under the new name of a model that was renamed', async () => {
    await aModel('before', automatic, context);
    await trainTiny(loop, 'before', 'z', context);
    await loop.settle();
    await trainTiny(loop, 'before', 'x', context);
    await loop.settle();
    const { promotions } = await promotionsOf('before', {});
    await renameRegisteredModel({ name: 'before', new_name: 'after' }, context);
    await loop.settle({ delivery: (rows) => [...rows, ...rows] });

    expect(await promotionsOf('before', {})).toEqual({ promotions: [] });
    const renamed = (await promotionsOf('after', {})).promotions;
    expect(renamed).toEqual(promotions.map((one) => ({ ...one, model: 'after' })));
    await revertPromotion(renamed[0]!.id, context);
    expect(await champion('after')).toBe('1');
  });

  it('is listed where it was when another model had the name before', async () => {
    await aModel('used', automatic, context);
    await trainTiny(loop, 'used', 'x', context);
    await loop.settle();
    const { promotions } = await promotionsOf('used', {});
    await deleteRegisteredModel({ name: 'used' }, context);
    const later = aContext({ clock: () => Date.now() + 3_600_000 });
    await createRegisteredModel({ name: 'used' }, later);
    await renameRegisteredModel({ name: 'used', new_name: 'unused' }, later);
    await loop.settle();
    expect(await promotionsOf('used', {})).toEqual({ promotions });
    expect(await promotionsOf('unused', {})).toEqual({ promotions: [] });
  });

  it('is refused when the model was deleted and another is there under its name', async () => {
    const twice = async (at: OperationContext) => {
      await trainTiny(loop, 'remade', 'z', at);
      await loop.settle();
      await trainTiny(loop, 'remade', 'x', at);
      await loop.settle();
    };
    await aModel('remade', automatic, context);
    await twice(context);
    const [promotion] = (await promotionsOf('remade', {})).promotions;
    await deleteRegisteredModel({ name: 'remade' }, context);
    const later = aContext({ clock: () => Date.now() + 3_600_000 });
    await createRegisteredModel({ name: 'remade' }, later);
    await twice(later);
    expect(await champion('remade')).toBe('2');

    await expect(revertPromotion(promotion!.id, later)).rejects.toMatchObject({
      code: 'RESOURCE_CONFLICT',
      message: expect.stringContaining('deleted'),
    });
    expect(await champion('remade')).toBe('2');
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
