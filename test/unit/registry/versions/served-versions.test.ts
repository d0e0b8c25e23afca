import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getModelVersion } from '../../../../functions/registry/index.ts';
import { deleteRegisteredModel } from '../../../../functions/registry/models/delete-registered-model.ts';
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
