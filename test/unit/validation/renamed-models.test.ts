import { afterAll, beforeAll, expect, it } from 'vitest';
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
