import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getModelVersion } from '../../../../functions/registry/index.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { deleteRegisteredModel } from '../../../../functions/registry/models/delete-registered-model.ts';
import { findModel } from '../../../../functions/registry/models/model-store.ts';
import { renameRegisteredModel } from '../../../../functions/registry/models/rename-registered-model.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { deleteModelVersion } from '../../../../functions/registry/versions/delete-model-version.ts';
import { aContext } from '../../../support/context.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = aContext();

describe('a model of which a version is served', () => {
  it('is not deleted, and neither are its other versions', async () => {
    const config = (entity_name: string) => ({
      served_entities: [{ name: 'main', entity_name, entity_version: '2' }],
    });
    const name = await serveTinyModel(platform, context, { config });
    const message = `Model Version (name=${name}, version=2) cannot be deleted: endpoint '${name}' serves it`;
    await expect(deleteModelVersion({ name, version: '2' }, context)).rejects.toThrow(message);
    await expect(deleteRegisteredModel({ name }, context)).rejects.toThrow(message);
    for (const version of ['1', '2', '3']) {
      expect(await getModelVersion(name, version), version).toMatchObject({ name });
    }

    await platform.serving('DELETE', `/api/2.0/serving-endpoints/${name}`);
    await deleteRegisteredModel({ name }, context);
    expect(await getModelVersion(name, '2')).toBeUndefined();
  });
});

describe('a model that an endpoint names', () => {
  const refusal = (name: string, endpoint: string) =>
    `Registered Model (name=${name}) cannot be renamed: endpoint '${endpoint}' serves it or is to serve it`;
  const rename = (name: string) =>
    renameRegisteredModel({ name, new_name: `${name}-new` }, context);
  const endpointOf = async (name: string, entity_name: string, entity_version: string) => {
    const config = { served_entities: [{ name: 'main', entity_name, entity_version }] };
    const path = '/api/2.0/serving-endpoints';
    expect((await platform.serving('POST', path, { name, config })).status).toBe(200);
  };

  it('is not renamed while a version of it answers, and is once the endpoint serves another', async () => {
    const name = await serveTinyModel(platform, context);
    const other = await serveTinyModel(platform, context);
    await expect(rename(name)).rejects.toThrow(refusal(name, name));
    expect(await findModel(name)).toMatchObject({ name });
    expect(await findModel(`${name}-new`)).toBeUndefined();

    const served_entities = [{ name: 'main', entity_name: other, entity_version: '1' }];
    const path = `/api/2.0/serving-endpoints/${name}/config`;
    expect((await platform.serving('PUT', path, { served_entities })).status).toBe(200);
    // Until the other model is prepared the former one answers.
    await expect(rename(name)).rejects.toThrow(refusal(name, name));
    await platform.settle();
    await rename(name);
    expect(await getModelVersion(`${name}-new`, '1')).toMatchObject({ name: `${name}-new` });
    await expect(rename(other)).rejects.toThrow(`Registered Model (name=${other})`);
  });

  it('is not renamed while an endpoint waits for its alias or cannot serve its version', async () => {
    for (const [model, version] of [
      ['awaited', '@champion'],
      ['broken', '1'],
    ] as const) {
      await createRegisteredModel({ name: model }, context);
      await createModelVersion({ name: model, source: 's3://nowhere/model' }, context);
      await endpointOf(`of-${model}`, model, version);
      await expect(rename(model), 'before it is looked at').rejects.toThrow(
        refusal(model, `of-${model}`),
      );
      await platform.settle();
      await expect(rename(model), 'afterwards').rejects.toThrow(refusal(model, `of-${model}`));
      await platform.serving('DELETE', `/api/2.0/serving-endpoints/of-${model}`);
      await rename(model);
      expect(await findModel(model)).toBeUndefined();
    }
  });

  it('still gets the name that it has', async () => {
    const name = await serveTinyModel(platform, context);
    await renameRegisteredModel({ name, new_name: name }, context);
    expect(await findModel(name)).toMatchObject({ name });
  });
});
