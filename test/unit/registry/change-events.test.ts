import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteTag, setTag } from '../../../functions/registry/change-tags.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { updateRegisteredModel } from '../../../functions/registry/models/update-registered-model.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import { deleteModelVersion } from '../../../functions/registry/versions/delete-model-version.ts';
import { transitionStage } from '../../../functions/registry/versions/transition-stage.ts';
import { updateModelVersion } from '../../../functions/registry/versions/update-model-version.ts';
import { platformTable } from '../../../functions/serving/table.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { announced } from '../../support/outbox.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
});
afterAll(() => dynamo.stop());

const context = aContext();

/** A model with one version. */
async function aModel(name: string) {
  await createRegisteredModel({ name }, context);
  await createModelVersion({ name, source: 'mlflow-artifacts:/1/abc/artifacts/model' }, context);
}

const eventsOf = async (model: string) =>
  (await announced('registry')).filter((event) => event.data.model === model);

describe('the events of changes', () => {
  it('have what was there before and what is there now', async () => {
    const name = 'before-and-after';
    await aModel(name);
    const of = { name, version: '1' };
    for (const owner of [{ name }, of]) {
      await setTag({ ...owner, key: 'owner', value: 'ana' }, context);
      await setTag({ ...owner, key: 'owner', value: 'ben' }, context);
      await deleteTag({ ...owner, key: 'owner' }, context);
    }
    await updateRegisteredModel({ name, description: 'first' }, context);
    await updateRegisteredModel({ name, description: 'second' }, context);
    await updateModelVersion({ ...of, description: 'first' }, context);
    await updateModelVersion({ ...of, description: 'second' }, context);

    const changes = (await eventsOf(name)).map(({ type, data }) => [
      type,
      data.previous_value ?? data.previous_description ?? null,
      data.value ?? data.description ?? null,
    ]);
    const tag = [
      ['ModelTagSet', null, 'ana'],
      ['ModelTagSet', 'ana', 'ben'],
      ['ModelTagDeleted', 'ben', null],
    ];
    expect(changes.slice(2)).toEqual([
      ...tag,
      ...tag,
      ['RegisteredModelUpdated', null, 'first'],
      ['RegisteredModelUpdated', 'first', 'second'],
      ['ModelVersionUpdated', null, 'first'],
      ['ModelVersionUpdated', 'first', 'second'],
    ]);
  });

  it('name the owner and the deployment job of a model, those before and those now', async () => {
    const name = 'owned';
    await aModel(name);
    await updateRegisteredModel({ name, owner: 'ben' }, context);
    await updateRegisteredModel({ name, owner: 'eve', deployment_job_id: '7' }, context);
    await updateRegisteredModel({ name, deployment_job_id: '' }, context);
    const updates = (await eventsOf(name)).filter(({ type }) => type === 'RegisteredModelUpdated');
    const same = { model: name, description: null, previous_description: null };
    expect(updates.map(({ data }) => data)).toEqual([
      { ...same, owner: 'ben', previous_owner: 'ana' },
      {
        ...same,
        owner: 'eve',
        previous_owner: 'ben',
        deployment_job_id: '7',
        previous_deployment_job_id: null,
      },
      { ...same, deployment_job_id: null, previous_deployment_job_id: '7' },
    ]);
    expect(updates.map(({ text }) => text)).toEqual([
      'model owned was given to ben',
      'model owned was given to eve',
      'model owned got the deployment job none',
    ]);
  });

  it('each begin where another ended, however many give a model an owner at once', async () => {
    const name = 'chain-owner';
    await aModel(name);
    const owners = Array.from({ length: 6 }, (_, i) => `owner-${i}`);
    await Promise.all(owners.map((owner) => updateRegisteredModel({ name, owner }, context)));
    const updates = (await eventsOf(name)).filter(({ type }) => type === 'RegisteredModelUpdated');
    expect(new Set(updates.map(({ data }) => data.previous_owner)).size).toBe(owners.length);
  });

  it('name the stage and the origin of a version that was deleted', async () => {
    const name = 'deleted';
    await aModel(name);
    await transitionStage({ name, version: '1', stage: 'Staging' }, context);
    await deleteModelVersion({ name, version: '1' }, context);
    const [deleted] = (await eventsOf(name)).filter(({ type }) => type === 'ModelVersionDeleted');
    expect(deleted?.data).toEqual({
      model: name,
      version: '1',
      previous_stage: 'Staging',
      previous_run_id: null,
      previous_source: 'mlflow-artifacts:/1/abc/artifacts/model',
    });
  });

  it.each([{}, { version: '1' }])(
    'each begin where another ended, however many change a tag at once (%j)',
    async (which) => {
      const name = `chain-${which.version ?? 'model'}`;
      await aModel(name);
      const values = Array.from({ length: 8 }, (_, i) => `value-${i}`);
      await Promise.all(
        values.map((value) => setTag({ name, ...which, key: 'k', value }, context)),
      );

      const sets = (await eventsOf(name)).filter(({ type }) => type === 'ModelTagSet');
      const [last] = values.filter((value) => sets.every((s) => s.data.previous_value !== value));
      expect(sets.map(({ data }) => data.previous_value).sort()).toEqual(
        [null, ...values.filter((value) => value !== last)].sort(),
      );
    },
  );
});
