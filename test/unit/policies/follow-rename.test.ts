import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deletePolicy } from '../../../functions/policies/delete-policy.ts';
import { followRename } from '../../../functions/policies/follow-rename.ts';
import { policyFor } from '../../../functions/policies/policy-for.ts';
import { putPolicy } from '../../../functions/policies/put-policy.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';

const context = aContext();
let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable]);
});
afterAll(() => dynamo.stop());

const renamed = { time: new Date(context.clock()).toISOString() };
const put = (name: string, mode: 'enabled' | 'dry_run') =>
  putPolicy({ name, document: { validation: { mode } } }, context);
const modeOf = async (name: string) => (await policyFor(name))?.policy.validation?.mode;

describe('the policy of a model that is renamed', () => {
  it('goes with it, also when the event comes twice', async () => {
    await put('old', 'dry_run');
    const event = { model: 'new', previous_name: 'old' };
    await followRename(event, context, renamed);
    await followRename(event, context, renamed);
    expect(await modeOf('old')).toBeUndefined();
    expect(await modeOf('new')).toBe('dry_run');
  });

  it('gives way to one that the new name has', async () => {
    await put('a', 'dry_run');
    await put('b', 'enabled');
    await followRename({ model: 'b', previous_name: 'a' }, context, renamed);
    expect(await modeOf('b')).toBe('enabled');
    expect(await modeOf('a')).toBeUndefined();
  });

  it('is not taken for the policy of another model that got the name since', async () => {
    const later = aContext({ clock: () => context.clock() + 1000 });
    await createRegisteredModel({ name: 'e' }, later);
    await putPolicy({ name: 'e', document: { validation: { mode: 'enabled' } } }, later);
    await followRename({ model: 'f', previous_name: 'e' }, context, renamed);
    expect(await modeOf('e')).toBe('enabled');
    expect(await modeOf('f')).toBeUndefined();
  });

  it('stays away where there was none', async () => {
    await put('c', 'enabled');
    await deletePolicy('c', context);
    await followRename({ model: 'd', previous_name: 'c' }, context, renamed);
    expect(await modeOf('d')).toBeUndefined();
  });
});
