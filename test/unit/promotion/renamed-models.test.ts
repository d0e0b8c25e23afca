import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvals } from '../../../functions/approvals/get-approval.ts';
import { answerApproval } from '../../../functions/approvals/index.ts';
import type { OutboxRow } from '../../../functions/events/outbox.ts';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { getModelVersion } from '../../../functions/registry/index.ts';
import { renameRegisteredModel } from '../../../functions/registry/models/rename-registered-model.ts';
import { aContext } from '../../support/context.ts';
import { aModel, automatic, champion, eventsOf } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { trainTiny } from '../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

const context = aContext({ clock: Date.now });
const lead = aContext({ actor: { user: 'ben', groups: ['ml-leads'] }, clock: Date.now });

const inOrder = (rows: readonly OutboxRow[]) => rows;
const renameFirst = (rows: readonly OutboxRow[]) => rows.toSorted((a, b) => rank(a) - rank(b));
const renameLast = (rows: readonly OutboxRow[]) => rows.toSorted((a, b) => rank(b) - rank(a));
const rank = ({ detailType }: OutboxRow) => (detailType === 'RegisteredModelRenamed' ? 0 : 1);

/** Renames a model once, right before or after a task of the state machines. */
function renameAt(
  fn: 'ValidationTasks' | 'PromotionTasks',
  task: string,
  when: 'before' | 'after',
  model: string,
) {
  const run = loop.tasks[fn] as Loop['tasks'][string];
  const rename = () => renameRegisteredModel({ name: model, new_name: `new-${model}` }, context);
  loop.tasks[fn] = async (event, at) => {
    if (event.task !== task) return run(event, at);
    loop.tasks[fn] = run;
    if (when === 'before') await rename();
    const answer = await run(event, at);
    if (when === 'after') await rename();
    return answer;
  };
}

const gated: PolicyDocument = {
  ...automatic,
  approval: { required: true, approvers: ['group:ml-leads'] },
};
const waiting = async (model: string) =>
  (await approvals({ status: 'PENDING' })).approvals.find((one) => one.model === model);
const isWaiting = (model: string) => async () => (await waiting(model)) !== undefined;

async function approve(model: string): Promise<void> {
  const { id = '' } = (await waiting(model)) ?? {};
  await answerApproval({ id, decision: 'approve', comment: '' }, lead);
}

describe('the promotion of a model that is renamed', () => {
  it.each([
    ['when its verdict is on its way', 'ValidationTasks', 'recordVerdict', 'after', inOrder],
    ['… and is told of later', 'ValidationTasks', 'recordVerdict', 'after', renameFirst],
    ['before it is compared', 'PromotionTasks', 'compare', 'before', inOrder],
    ['before it is decided', 'PromotionTasks', 'decide', 'before', renameLast],
  ] as const)('goes on under the new name: %s', async (how, fn, task, when, delivery) => {
    const model = `m${how.replaceAll(/\W/g, '')}`;
    await aModel(model, automatic, context);
    renameAt(fn, task, when, model);
    const version = await trainTiny(loop, model, 'x', context);
    await loop.settle({ delivery: (rows) => [...delivery(rows), ...delivery(rows)] });

    const { promotions } = await promotionsOf(`new-${model}`, {});
    expect(promotions).toMatchObject([{ model: `new-${model}`, verdict: 'promoted' }]);
    expect(await champion(`new-${model}`)).toBe(version);
    expect(await eventsOf(`new-${model}`, 'PromotionDecided')).toHaveLength(1);
    expect(await promotionsOf(model, {})).toEqual({ promotions: [] });
  });

  it('asks those whom its policy names, though the policy is still under the former name', async () => {
    await aModel('asked', gated, context);
    renameAt('PromotionTasks', 'requestApproval', 'before', 'asked');
    const version = await trainTiny(loop, 'asked', 'x', context);
    // The rename is told to nobody.
    const delivery = (rows: readonly OutboxRow[]) => rows.filter((row) => rank(row) !== 0);
    await loop.settle({ until: isWaiting('new-asked'), delivery });
    expect((await waiting('new-asked'))?.approvers).toEqual(['group:ml-leads']);
    await approve('new-asked');
    await loop.settle();
    expect(await champion('new-asked')).toBe(version);
  });

  it('waits for an answer under the new name', async () => {
    await aModel('waiting', gated, context);
    const version = await trainTiny(loop, 'waiting', 'x', context);
    await loop.settle({ until: isWaiting('waiting') });
    await renameRegisteredModel({ name: 'waiting', new_name: 'renamed' }, context);
    await loop.settle({ until: isWaiting('renamed') });
    await approve('renamed');
    await loop.settle();
    expect(await champion('renamed')).toBe(version);
    const { tags } = (await getModelVersion('renamed', version)) ?? {};
    expect(tags?.model_approval).toMatch(/^approved by ben/);
  });
});
