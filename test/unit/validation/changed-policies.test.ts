import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { putPolicy } from '../../../functions/policies/put-policy.ts';
import { getValidation } from '../../../functions/validation/get-validation.ts';
import { aContext } from '../../support/context.ts';
import { aModel } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { trainTiny } from '../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

const context = aContext();

it('a verdict and its checks are of one revision of the policy, the one that is named', async () => {
  const demanding = (tag: string): PolicyDocument => ({
    validation: { mode: 'enabled', require: { tags: [tag] } },
  });
  await aModel('changed', demanding('first'), context);
  const task = loop.tasks.ValidationTasks as Loop['tasks'][string];
  // Changed after the version was marked and before anything was checked.
  loop.tasks.ValidationTasks = async (event, at) => {
    if (event.task === 'runChecks') {
      await putPolicy({ name: 'changed', document: demanding('second') }, context);
    }
    return task(event, at);
  };
  const version = await trainTiny(loop, 'changed', 'x', context);
  await loop.settle();
  loop.tasks.ValidationTasks = task;

  const { policy, checks } = await getValidation('changed', version);
  expect(policy).toEqual({ name: 'changed', revision: 1 });
  expect(checks.map(({ name }) => name)).toEqual(['artifact_loads', 'tag:first']);
});
