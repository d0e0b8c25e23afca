import { describe, expect, it } from 'vitest';
import { call, MLFLOW, UNITY, useRegistry } from './api.ts';

useRegistry();

const names = (body: Record<string, unknown>) =>
  ((body.registered_models ?? []) as { full_name: string }[]).map((model) => model.full_name);

describe('Unity Catalog’s models', () => {
  it('are the models of the other dialects, with their versions and aliases', async () => {
    const levels = { catalog_name: 'prod', schema_name: 'ml', name: 'delay' };
    const made = await call('POST', UNITY, { ...levels, comment: 'late' });
    expect(made).toMatchObject({
      status: 200,
      body: { ...levels, full_name: 'prod.ml.delay', comment: 'late', owner: 'local' },
    });
    for (const source of ['s3://b/1', 's3://b/2']) {
      await call('POST', `${MLFLOW}/model-versions/create`, { name: 'prod.ml.delay', source });
    }
    const alias = await call('PUT', `${UNITY}/prod.ml.delay/aliases/champion`, { version_num: 2 });
    expect(alias.body).toMatchObject({ alias_name: 'champion', version_num: 2 });
    const version = {
      model_name: 'delay',
      version: 2,
      source: 's3://b/2',
      storage_location: 's3://b/2',
      status: 'READY',
      aliases: [{ alias_name: 'champion', version_num: 2 }],
    };
    const byAlias = await call('GET', `${UNITY}/prod.ml.delay/aliases/champion`);
    expect(byAlias.body).toMatchObject(version);
    expect((await call('GET', `${UNITY}/prod.ml.delay/versions/2`)).body).toMatchObject(version);
    const mlflow = await call(
      'GET',
      `${MLFLOW}/registered-models/alias?name=prod.ml.delay&alias=champion`,
    );
    expect(mlflow.body).toMatchObject({ model_version: { version: '2', source: 's3://b/2' } });

    const commented = await call('PATCH', `${UNITY}/prod.ml.delay/versions/1`, { comment: 'old' });
    expect(commented.body).toMatchObject({ version: 1, comment: 'old' });
    const page = await call('GET', `${UNITY}/prod.ml.delay/versions?max_results=1`);
    expect(page.body.model_versions).toMatchObject([{ version: 2 }]);
    const rest = await call(
      'GET',
      `${UNITY}/prod.ml.delay/versions?max_results=1&page_token=${page.body.next_page_token}`,
    );
    expect(rest.body.model_versions).toMatchObject([{ version: 1 }]);

    await call('DELETE', `${UNITY}/prod.ml.delay/aliases/champion`);
    expect((await call('GET', `${UNITY}/prod.ml.delay/aliases/champion`)).status).toBe(404);
    await call('DELETE', `${UNITY}/prod.ml.delay/versions/1`);
    expect((await call('GET', `${UNITY}/prod.ml.delay/versions/1`)).status).toBe(404);
    const renamed = await call('PATCH', `${UNITY}/prod.ml.delay`, {
      new_name: 'late',
      owner: 'ana',
    });
    expect(renamed.body).toMatchObject({
      full_name: 'prod.ml.late',
      owner: 'ana',
      comment: 'late',
    });
    expect((await call('DELETE', `${UNITY}/prod.ml.late`)).status).toBe(200);
    expect((await call('GET', `${UNITY}/prod.ml.late`)).status).toBe(404);
  });

  it('are listed by catalog and schema, page by page, without names of other depths', async () => {
    const all = ['a.x.m1', 'a.x.m2', 'a.xy.m', 'a.y.m1', 'b.x.m1', 'ab.x.m1', 'a.x', 'plain'];
    for (const name of all) await call('POST', `${MLFLOW}/registered-models/create`, { name });
    expect(names((await call('GET', `${UNITY}?catalog_name=a&schema_name=x`)).body)).toEqual([
      'a.x.m1',
      'a.x.m2',
    ]);
    expect(names((await call('GET', `${UNITY}?catalog_name=a`)).body)).toHaveLength(4);
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await call(
        'GET',
        `${UNITY}?max_results=2${token && `&page_token=${token}`}`,
      );
      expect(names(body).length).toBeLessThanOrEqual(2);
      seen.push(...names(body));
      token = (body.next_page_token as string | undefined) ?? '';
    } while (token);
    expect(seen).toEqual(['a.x.m1', 'a.x.m2', 'a.xy.m', 'a.y.m1', 'ab.x.m1', 'b.x.m1']);
  });

  it('have three levels', async () => {
    for (const [method, path, body] of [
      ['GET', `${UNITY}/plain`],
      ['GET', `${UNITY}/a.b.c.d/versions`],
      ['POST', UNITY, { catalog_name: 'a.b', schema_name: 'c', name: 'd' }],
      ['GET', `${UNITY}?schema_name=x`],
    ] as const) {
      expect((await call(method, path, body)).status, `${method} ${path}`).toBe(400);
    }
  });
});
