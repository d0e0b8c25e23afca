import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvals } from '../../../functions/approvals/get-approval.ts';
import { answerApproval } from '../../../functions/approvals/index.ts';
import type { TaskEvent } from '../../../functions/events/tasks.ts';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { putPolicy } from '../../../functions/policies/put-policy.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { findPromotion } from '../../../functions/promotion/promotion-store.ts';
import { moveAlias } from '../../../functions/registry/index.ts';
import { renameRegisteredModel } from '../../../functions/registry/models/rename-registered-model.ts';
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
    const answer = (await real(event, lambda)) as Partial<Record<string, string>> | undefined;
    const { promotion_id: id } = event.input as { promotion_id: string };
    const { champion: against } = (await findPromotion(id))!;
    answers.push(`${event.task} → ${answer?.next ?? answer?.status} against ${against}`);
    return answer;
  };
  await act();
  loop.tasks.PromotionTasks = real;
}

/** Two versions, of which the second, which tells nothing, was made champion by hand. */
async function twoVersions(model: string, first: Column, policy = automatic) {
  await aModel(model, automatic, context);
  await trainTiny(loop, model, first, context);
  await loop.settle();
  await trainTiny(loop, model, 'n', context);
  await loop.settle();
  await crown(model, '2');
  await putPolicy({ name: model, document: policy }, context);
}

/** A third, better version; the first becomes champion again between its comparison and its decision. */
async function thirdOf(model: string, settle = () => loop.settle()) {
  let moved = false;
  await watching(
    async ({ task }) => {
      if (task === 'decide' && !moved) await crown(model, '1');
      moved ||= task === 'decide';
    },
    async () => {
      await trainTiny(loop, model, 'x', context);
      await settle();
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

describe('an approval', () => {
  const gated: PolicyDocument = { ...automatic, approval: { required: true } };
  const lead = aContext({ actor: { user: 'ben', groups: ['ml-leads'] } });
  const pending = async (model: string) =>
    (await approvals({ status: 'PENDING' })).approvals.find((one) => one.model === model);
  const asked = (model: string) => async () => (await pending(model)) !== undefined;

  /** Answers the request that waits, and says what was asked. */
  async function answer(model: string, decision: 'approve' | 'deny') {
    const { id = '', champion: against, evidence } = (await pending(model)) ?? {};
    await answerApproval({ id, decision, comment: '' }, lead);
    return { id, against, evidence };
  }

  it('of evidence against another champion lets nothing pass: people are asked anew', async () => {
    await twoVersions('asked-anew', 'z', gated);
    const questions: Awaited<ReturnType<typeof answer>>[] = [];
    await thirdOf('asked-anew', async () => {
      for (const _ of [1, 2]) {
        await loop.settle({ until: asked('asked-anew') });
        questions.push(await answer('asked-anew', 'approve'));
      }
      await loop.settle();
    });
    expect(questions.map(({ against }) => against)).toEqual(['2', '1']);
    const [first, second] = questions;
    expect(second?.evidence).not.toBe(first?.evidence);
    expect(answers).toEqual([
      'compare → promote against 2',
      'requestApproval → undefined against 2',
      'decide → changed against 2',
      'compare → promote against 1',
      'requestApproval → undefined against 1',
      'decide → decided against 1',
    ]);
    expect(await champion('asked-anew')).toBe('3');
    // Both answers stay for who asks later.
    const granted = await eventsOf('asked-anew', 'ApprovalGranted');
    expect(granted.map(({ data }) => data.approval_id)).toEqual([first?.id, second?.id]);
  });

  it('is no answer to the question after it, which may be denied', async () => {
    await twoVersions('denied-anew', 'z', gated);
    await thirdOf('denied-anew', async () => {
      await loop.settle({ until: asked('denied-anew') });
      await answer('denied-anew', 'approve');
      await loop.settle({ until: asked('denied-anew') });
      await answer('denied-anew', 'deny');
      await loop.settle();
    });
    expect(await champion('denied-anew')).toBe('1');
    const [latest] = (await promotionsOf('denied-anew', {})).promotions;
    expect(latest).toMatchObject({ verdict: 'rejected', champion: '1' });
    expect(latest?.text).toContain('the approval was denied');
  });

  it('stands where the champion is the same after all', async () => {
    await twoVersions('renamed-after', 'z', gated);
    const real = loop.tasks.PromotionTasks!;
    let renamed = false;
    loop.tasks.PromotionTasks = async (event, lambda) => {
      if (event.task === 'decide' && !renamed) {
        renamed = true;
        await renameRegisteredModel({ name: 'renamed-after', new_name: 'renamed-then' }, context);
      }
      return real(event, lambda);
    };
    await trainTiny(loop, 'renamed-after', 'x', context);
    await loop.settle({ until: asked('renamed-after') });
    await answer('renamed-after', 'approve');
    await loop.settle();
    loop.tasks.PromotionTasks = real;
    expect(await champion('renamed-then')).toBe('3');
    expect(await pending('renamed-then')).toBeUndefined();
  });
});
