import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findApproval } from '../../../functions/approvals/approval-store.ts';
import { answerApproval } from '../../../functions/approvals/index.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { describeVersion } from '../../../functions/registry/versions/get-model-version.ts';
import { getValidation } from '../../../functions/validation/get-validation.ts';
import { aContext } from '../../support/context.ts';
import { aModel, automatic, champion, eventsOf } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { trainTiny } from '../../support/tiny-model.ts';

type Task = Loop['tasks'][string];

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

const context = aContext();
const lead = aContext({ actor: { user: 'ben', groups: ['ml-leads'] } });

/** The event that led to an execution, which is named after it. */
const causeOf = async (model: string, type: string) => (await eventsOf(model, type))[0]?.id ?? '';

/** A task that takes no end before the test lets it go on. */
function held(name: string) {
  const { promise: released, resolve: letGo } = Promise.withResolvers<void>();
  let reached = false;
  const task = loop.tasks[name] as Task;
  loop.tasks[name] = async (event, at) => {
    reached = true;
    await released;
    return task(event, at);
  };
  return {
    isReached: async () => reached,
    letGo: () => {
      loop.tasks[name] = task;
      letGo();
    },
  };
}

describe('a validation that is stopped by AWS', () => {
  it.each([
    [
      'for a reason',
      { error: 'Maintenance', cause: 'the data moves' },
      'Maintenance: the data moves',
    ],
    ['without a word', {}, 'Stopped: somebody stopped the execution'],
  ])('%s has failed, once, and says so', async (how, why, cause) => {
    const model = `stopped-${how.replaceAll(' ', '-')}`;
    await aModel(model, automatic, context);
    const checks = held('ValidationTasks');
    const version = await trainTiny(loop, model, 'x', context);
    await loop.settle({ until: checks.isReached });
    await loop.stopExecution('validate', await causeOf(model, 'ModelVersionRegistered'), why);
    checks.letGo();
    await loop.settle();

    expect(await getValidation(model, version)).toMatchObject({ status: 'FAILED', cause });
    expect(await describeVersion({ name: model, version })).toMatchObject({
      tags: [{ key: 'model_validation_status', value: 'FAILED' }],
    });
    const told = await eventsOf(model, 'ModelVersionValidated');
    expect(told).toMatchObject([{ data: { status: 'FAILED', cause } }]);
    expect(await promotionsOf(model, {})).toMatchObject({ promotions: [] });
  });

  it('and that nothing could record has failed all the same', async () => {
    await aModel('mute', automatic, context);
    const task = loop.tasks.ValidationTasks as Task;
    loop.tasks.ValidationTasks = () => Promise.reject(new Error('no memory left'));
    const version = await trainTiny(loop, 'mute', 'x', context);
    await loop.settle();
    loop.tasks.ValidationTasks = task;
    expect(await getValidation('mute', version)).toMatchObject({
      status: 'FAILED',
      cause: 'Error: no memory left',
    });
  });
});

describe('a promotion that is stopped by AWS', () => {
  it('while it compares has failed', async () => {
    await aModel('uncompared', automatic, context);
    const comparison = held('PromotionTasks');
    await trainTiny(loop, 'uncompared', 'x', context);
    await loop.settle({ until: comparison.isReached });
    await loop.stopExecution('promote', await causeOf('uncompared', 'ModelVersionValidated'));
    comparison.letGo();
    await loop.settle();

    const text =
      'the promotion of version 1 of uncompared broke: Stopped: somebody stopped the execution';
    expect(await promotionsOf('uncompared', {})).toMatchObject({
      promotions: [{ status: 'DECIDED', verdict: 'failed', text }],
    });
    expect(await eventsOf('uncompared', 'PromotionDecided')).toMatchObject([{ text }]);
    expect(await champion('uncompared')).toBeUndefined();
  });

  it('while people are asked has failed, and nobody can answer any more', async () => {
    const approval = { required: true, approvers: ['group:ml-leads'] };
    await aModel('unanswered', { ...automatic, approval }, context);
    await trainTiny(loop, 'unanswered', 'x', context);
    const waits = async () =>
      (await promotionsOf('unanswered', {})).promotions[0]?.status === 'WAITING_FOR_APPROVAL';
    await loop.settle({ until: waits });
    const id = await causeOf('unanswered', 'ModelVersionValidated');
    await loop.stopExecution('promote', id);
    await loop.settle();

    expect(await promotionsOf('unanswered', {})).toMatchObject({
      promotions: [{ id, status: 'DECIDED', verdict: 'failed' }],
    });
    expect(await findApproval(id)).toMatchObject({ status: 'EXPIRED' });
    const late = answerApproval({ id, decision: 'approve', comment: '' }, lead);
    await expect(late).rejects.toThrow('The request is expired already');
    expect(await champion('unanswered')).toBeUndefined();
  });
});
