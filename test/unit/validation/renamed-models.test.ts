import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutboxRow } from '../../../functions/events/outbox.ts';
import { renameRegisteredModel } from '../../../functions/registry/models/rename-registered-model.ts';
import { describeVersion } from '../../../functions/registry/versions/get-model-version.ts';
import { getValidation } from '../../../functions/validation/get-validation.ts';
import { aContext } from '../../support/context.ts';
import { aModel, eventsOf } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { trainTiny } from '../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

const context = aContext({ clock: Date.now });

it('a version whose model is renamed while it is validated has its verdict under the new name', async () => {
  await aModel(
    'before',
    { validation: { mode: 'enabled', require: { tags: ['owner'] } } },
    context,
  );
  const task = loop.tasks.ValidationTasks as Loop['tasks'][string];
  loop.tasks.ValidationTasks = async (event, at) => {
    if (event.task === 'runChecks' && event.input.model === 'before') {
      await renameRegisteredModel({ name: 'before', new_name: 'after' }, context);
    }
    return task(event, at);
  };
  const version = await trainTiny(loop, 'before', 'x', context);
  await loop.settle({ delivery: (rows) => [...rows, ...rows] });
  loop.tasks.ValidationTasks = task;

  const { status, policy, checks } = await getValidation('after', version);
  expect(status).toBe('FAILED');
  // The rules are those that it began with: the model's policy is on its way to the new name.
  expect(policy).toEqual({ name: 'before', revision: 1 });
  expect(checks.map(({ name }) => name)).toEqual(['artifact_loads', 'tag:owner']);
  expect(await describeVersion({ name: 'after', version })).toMatchObject({
    tags: [{ key: 'model_validation_status', value: 'FAILED' }],
  });
  expect(await eventsOf('after', 'ModelVersionValidated')).toHaveLength(1);
});

describe('a version that is registered just before its model is renamed', () => {
  const inOrder = (rows: readonly OutboxRow[]) => rows;
  const renameFirst = (rows: readonly OutboxRow[]) => rows.toSorted((a, b) => rank(a) - rank(b));
  const rank = ({ detailType }: OutboxRow) => (detailType === 'RegisteredModelRenamed' ? 0 : 1);

  it.each([
    ['is told of under the old name first', 'one', inOrder],
    ['is told of when the rename is known', 'two', renameFirst],
  ])('%s, and is validated once', async (_when, name, delivery) => {
    const policy = { validation: { mode: 'enabled' as const, require: { tags: ['owner'] } } };
    await aModel(name, policy, context);
    const version = await trainTiny(loop, name, 'x', context);
    await renameRegisteredModel({ name, new_name: `new-${name}` }, context);
    await loop.settle({ delivery });
    expect(await getValidation(`new-${name}`, version)).toMatchObject({ status: 'FAILED' });
    expect(await eventsOf(`new-${name}`, 'ModelVersionValidated')).toHaveLength(1);
  });

  it('is left alone when nobody gave the model a policy, and when it has its verdict', async () => {
    await aModel('free', undefined, context);
    const version = await trainTiny(loop, 'free', 'x', context);
    await renameRegisteredModel({ name: 'free', new_name: 'still-free' }, context);
    await loop.settle();
    await expect(getValidation('still-free', version)).rejects.toThrow(/validat/i);

    await aModel('judged', { validation: { mode: 'enabled' } }, context);
    await trainTiny(loop, 'judged', 'x', context);
    await loop.settle();
    await renameRegisteredModel({ name: 'judged', new_name: 'judged-before' }, context);
    await loop.settle();
    expect(await eventsOf('judged-before', 'ModelVersionValidated')).toHaveLength(0);
  });
});
