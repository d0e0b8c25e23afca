import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { asObject } from '../tracking/api.ts';
import { aModel, models, registry } from './api.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  process.env.ARTIFACT_ROOT = 'mlflow-artifacts:/';
  dynamo = await startDynamo();
  await registry('POST', '/registered-models/create', { name: 'm' });
});
afterAll(() => dynamo.stop());

const register = (body: object) =>
  registry('POST', '/model-versions/create', { name: 'm', ...body });
const downloadUri = async (version: string) =>
  (await registry('GET', `/model-versions/get-download-uri?name=m&version=${version}`)).body
    .artifact_uri;
const read = async (id: string) => (await models('GET', `/${id}`)).body.model;

describe('a logged model that becomes a version', () => {
  it('gives it its run and its files, and is told so in MLflow’s tag', async () => {
    const id = await aModel('0', { source_run_id: 'r1' });
    const { artifact_uri } = (await read(id)).info;
    const first = await register({ source: `models:/${id}`, model_id: id });
    const { body } = first;
    expect(body.model_version).toMatchObject({ source: `models:/${id}`, run_id: 'r1' });
    // MLflow's registry keeps no model of a version.
    expect(body.model_version).not.toHaveProperty('model_id');
    const { version } = first.body.model_version;
    expect(await downloadUri(version)).toBe(artifact_uri);
    const second = await register({ source: artifact_uri, model_id: id, run_id: 'r2' });
    expect(second.body.model_version.run_id).toBe('r2');
    expect(asObject((await read(id)).info.tags)['mlflow.modelVersions']).toBe(
      `[{"name": "m", "version": ${version}}, {"name": "m", "version": ${Number(version) + 1}}]`,
    );
  });

  it('is told of each version when several are registered at once', async () => {
    const id = await aModel('0');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => register({ source: `models:/${id}`, model_id: id })),
    );
    const versions = answers.map(({ body }) => Number(body.model_version.version));
    const noted = JSON.parse(String(asObject((await read(id)).info.tags)['mlflow.modelVersions']));
    expect(noted.map((one: { version: number }) => one.version)).toEqual(
      versions.sort((a, b) => a - b),
    );
  });

  it('is found when a version of a version is registered', async () => {
    const id = await aModel('0');
    const { version } = (await register({ source: `models:/${id}` })).body.model_version;
    const copy = await register({ source: `models:/m/${version}` });
    expect(await downloadUri(copy.body.model_version.version)).toBe(
      (await read(id)).info.artifact_uri,
    );
  });

  it.each(['models:/m-none', 'models:/m/99999', 'models:/m@champion', 'models:/m/Production'])(
    'must be there: %s is refused',
    async (source) => {
      const { status, body } = await register({ source });
      expect(status).toBe(400);
      expect(body.message).toContain('Unable to fetch model from model URI');
    },
  );

  it('must be there when it is named by id', async () => {
    expect((await register({ source: 's3://b/m', model_id: 'm-none' })).status).toBe(404);
  });
});
