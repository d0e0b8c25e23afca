import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteModelVersion } from '../../../../functions/registry/versions/delete-model-version.ts';
import { getLive } from '../../../../functions/serving/index.ts';
import { aContext } from '../../../support/context.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = aContext();
const pinned = (name: string, entity_version: string) => ({
  served_entities: [{ name: 'main', entity_name: name, entity_version }],
});
const ask = async (name: string) => {
  const answer = await platform.invoke(name, { dataframe_records: [{ x: 0.9, z: 0.1, n: 0 }] });
  return [answer.status, answer.headers['slipway-model-version']];
};

/** An endpoint that was given version 2 after version 1, both by number. */
async function switched(): Promise<string> {
  const name = await serveTinyModel(platform, context, { config: (own) => pinned(own, '1') });
  expect(await ask(name)).toEqual([200, '1']);
  const path = `/api/2.0/serving-endpoints/${name}/config`;
  expect((await platform.serving('PUT', path, pinned(name, '2'))).status).toBe(200);
  await platform.settle();
  await expect.poll(() => ask(name)).toEqual([200, '2']);
  return name;
}

describe('a version that is deleted', () => {
  it('when nobody serves it any more cannot be gone back to, and what is served goes on', async () => {
    const name = await switched();
    await deleteModelVersion({ name, version: '1' }, context);
    const rollback = `/api/slipway/v1/endpoints/${name}/rollback`;
    expect(await platform.serving('POST', rollback)).toMatchObject({
      status: 404,
      body: { message: `Model '${name}' has no version 1` },
    });
    const path = `/api/2.0/serving-endpoints/${name}`;
    expect((await platform.serving('GET', path)).body).toMatchObject({
      state: { summary: 'READY' },
      config: { config_version: 2 },
    });
    expect(await ask(name)).toEqual([200, '2']);
  });

  it('with its files, by whoever may, goes on from where it is loaded', async () => {
    const name = await switched();
    const [entity] = (await getLive(name))?.entities ?? [];
    const s3 = new S3Client({});
    const { bucket: Bucket = '', key: Prefix = '' } = entity?.location ?? {};
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    expect(Contents.length).toBeGreaterThan(1);
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    s3.destroy();
    // Longer than a process goes by what it has read.
    for (const end = Date.now() + 1000; Date.now() < end; ) {
      expect(await ask(name)).toEqual([200, '2']);
    }
  });
});
