import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteTag, setTag } from '../../../functions/registry/change-tags.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { updateRegisteredModel } from '../../../functions/registry/models/update-registered-model.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import { updateModelVersion } from '../../../functions/registry/versions/update-model-version.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { announced } from '../../support/outbox.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable]);
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
