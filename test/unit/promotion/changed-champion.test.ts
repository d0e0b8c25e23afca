import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskEvent } from '../../../functions/events/tasks.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { findPromotion } from '../../../functions/promotion/promotion-store.ts';
import { moveAlias } from '../../../functions/registry/index.ts';
import { aContext } from '../../support/context.ts';
import { aModel, automatic, champion, eventsOf } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { type Column, trainTiny } from '../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

const context = aContext();
const crown = (model: string, version: string) =>
  moveAlias({ model, alias: 'champion', version, cause: 'request' }, context);

/** What the tasks of promotions answered, one line each: `compare → promote against 2`. */
let answers: string[] = [];

/** Runs the tasks as they are; `before` may act between them. */
async function watching(before: (event: TaskEvent) => Promise<unknown>, act: () => Promise<void>) {
  const real = loop.tasks.PromotionTasks!;
  answers = [];
  loop.tasks.PromotionTasks = async (event, lambda) => {
    await before(event);
    const answer = (await real(event, lambda)) as Partial<Record<'next' | 'status', string>>;
    const { promotion_id: id } = event.input as { promotion_id: string };
    const { champion: against } = (await findPromotion(id))!;
    answers.push(`${event.task} → ${answer.next ?? answer.status} against ${against}`);
    return answer;
  };
  await act();
  loop.tasks.PromotionTasks = real;
}

/** Two versions, of which the second, which tells nothing, was made champion by hand. */
async function twoVersions(model: string, first: Column) {
  await aModel(model, automatic, context);
  await trainTiny(loop, model, first, context);
  await loop.settle();
  await trainTiny(loop, model, 'n', context);
  await loop.settle();
  await crown(model, '2');
}

/** A third, better version; the first becomes champion again between its comparison and its decision. */
async function thirdOf(model: string) {
  let moved = false;
  await watching(
    async ({ task }) => {
      if (task === 'decide' && !moved) await crown(model, '1');
      moved ||= task === 'decide';
    },
    async () => {
      await trainTiny(loop, model, 'x', context);
      await loop.settle();
    },
  );
}

describe('a champion that changes between comparison and decision', () => {
  it('is compared with anew, and replaced by what is better than it, too', async () => {
    await twoVersions('overtaken', 'z');
    await thirdOf('overtaken');

    expect(answers).toEqual([
      'compare → promote against 2',
      'decide → changed against 2',
      'compare → promote against 1',
      'decide → decided against 1',
    ]);
    expect(await champion('overtaken')).toBe('3');
    const [latest] = (await promotionsOf('overtaken', {})).promotions;
    expect(latest).toMatchObject({ challenger: '3', champion: '1', verdict: 'promoted' });
    expect(latest?.text).toMatch(
      /^version 3 of overtaken became champion after version 1: roc_auc/,
    );
    const decided = await eventsOf('overtaken', 'PromotionDecided');
    expect(decided.filter(({ data }) => data.challenger === '3')).toMatchObject([
      { data: { champion: '1', verdict: 'promoted', text: latest?.text } },
    ]);
  });

  it('stays where the challenger is no better than it', async () => {
    await twoVersions('stays', 'x');
    await thirdOf('stays');

    expect(answers).toEqual([
      'compare → promote against 2',
      'decide → changed against 2',
      'compare → settle against 1',
      'decide → decided against 1',
    ]);
    expect(await champion('stays')).toBe('1');
    const [latest] = (await promotionsOf('stays', {})).promotions;
    expect(latest).toMatchObject({ challenger: '3', champion: '1', verdict: 'rejected' });
    expect(latest?.evidence.comparison?.estimate).toBe(0);
    expect(latest?.text).toContain('did not replace champion 1');
  });
});
