import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../functions/registry/registry.lambda.ts';
import { registryRoutes } from '../../../functions/registry/routes.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import { platformTable } from '../../../functions/serving/table.ts';
import { openAccess } from '../../../lib/local/gateway/open-access.ts';
import { callApi } from '../../support/call-api.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
});
afterAll(() => dynamo.stop());

const mlflow = '/api/2.0/mlflow';
const call = (method: string, path: string, body?: object) => callApi(handler, method, path, body);

describe('an alias', () => {
  it('of a model that is not there lacks its version', async () => {
    const alias = { name: 'absent', alias: 'a', version: '1' };
    const { status, body } = await call('POST', `${mlflow}/registered-models/alias`, alias);
    expect([status, (body as { message: string }).message]).toEqual([
      404,
      'Model Version (name=absent, version=1) not found',
    ]);
  });
});

describe('asking for what no model has', () => {
  const version = '9223372036854775808';
  beforeAll(() => call('POST', `${mlflow}/registered-models/create`, { name: 'bare' }));

  it.each([
    [
      'GET',
      'registered-models/alias?alias=Latest',
      404,
      'Latest version not found for model bare.',
    ],
    ['GET', 'registered-models/alias?alias=none', 400, 'Registered model alias none not found.'],
    ['GET', 'registered-models/alias?alias=1.5', 400, "Invalid alias name: '1.5'"],
    ['DELETE', 'registered-models/alias?alias=1.5', 400, "Invalid alias name: '1.5'"],
    ['GET', `model-versions/get?version=${version}`, 404, 'not found'],
    ['GET', 'model-versions/get?version=1.0', 400, "must be an integer, got '1.0'"],
  ])('%s %s is answered as by MLflow', async (method, path, status, message) => {
    const answer = await call(method, `${mlflow}/${path}&name=bare`);
    expect(answer.status).toBe(status);
    expect((answer.body as { message: string }).message).toContain(message);
  });
});

describe('a name that no model can have', () => {
  it.each([
    ['GET', 'registered-models/get?name=a:b', undefined],
    ['GET', 'model-versions/get?name=a:b&version=1', undefined],
    ['GET', 'model-versions/get-download-uri?name=a%2Fb&version=1', undefined],
    ['GET', 'registered-models/alias?name=a:b&alias=x', undefined],
    ['POST', 'registered-models/set-tag', { name: 'a:b', key: 'k', value: 'v' }],
    ['DELETE', 'registered-models/delete', { name: 'a:b' }],
    ['DELETE', 'model-versions/delete', { name: 'a:b', version: '1' }],
    // Whatever else is wrong.
    ['POST', 'registered-models/alias', { name: 'a:b', alias: 'x'.repeat(256), version: 'x' }],
    ['DELETE', 'registered-models/alias', { name: 'a:b', alias: 'v1/' }],
    ['POST', 'registered-models/set-tag', { name: 'a:b', key: '/a' }],
    ['DELETE', 'registered-models/delete-tag', { name: 'a:b', key: '/a' }],
    ['POST', 'model-versions/set-tag', { name: 'a:b', version: 'x', key: '/a' }],
    ['DELETE', 'model-versions/delete-tag', { name: 'a:b', version: 'x', key: '/a' }],
  ])('is refused by %s %s', async (method, path, body) => {
    const answer = await call(method, `${mlflow}/${path}`, body);
    expect(answer.status).toBe(400);
    expect((answer.body as { message: string }).message).toContain('Invalid model name');
  });

  it('is looked at before the alias that a version is asked for by', async () => {
    const path = `${mlflow}/registered-models/alias?name=a:b&alias=${'x'.repeat(256)}`;
    expect((await call('GET', path)).body).toMatchObject({
      message: expect.stringContaining('Invalid model name'),
    });
  });

  it('is refused for its form only: one that is too long for a new model is not there', async () => {
    const { status } = await call('GET', `${mlflow}/registered-models/get?name=${'x'.repeat(300)}`);
    expect(status).toBe(404);
  });
});

describe('a path', () => {
  it('tells what may be sent to it, and answers HEAD as GET', async () => {
    const event = (method: string, path: string) =>
      handler(
        {
          rawPath: path,
          rawQueryString: '',
          headers: {},
          requestContext: { http: { method }, authorizer: { lambda: openAccess(undefined) } },
        } as never,
        {} as never,
      );
    expect(await event('OPTIONS', `${mlflow}/registered-models/alias`)).toMatchObject({
      statusCode: 204,
      headers: { allow: expect.stringMatching(/^OPTIONS, (?=.*GET)(?=.*POST)(?=.*DELETE).*HEAD$/) },
    });
    const search = `${mlflow}/registered-models/search`;
    expect(await event('HEAD', search)).toMatchObject({ statusCode: 200 });
    expect(await event('HEAD', `${mlflow}/registered-models/create`)).toMatchObject({
      statusCode: 405,
    });
    expect(await event('PUT', `${mlflow}/registered-models/create`)).toMatchObject({
      statusCode: 405,
      headers: { allow: 'OPTIONS, POST' },
    });
    expect(await event('OPTIONS', `${mlflow}/nothing`)).toMatchObject({ statusCode: 404 });
  });
});

describe('a version', () => {
  beforeAll(async () => {
    await call('POST', `${mlflow}/registered-models/create`, { name: 'told' });
    await call('POST', `${mlflow}/model-versions/create`, { name: 'told', source: 's3://b/a' });
  });
  const version = { name: 'told', version: '1' };

  it('has the description of its last update, if that had one', async () => {
    const update = async (description: object) => {
      const sent = { ...version, ...description };
      const { body } = await call('PATCH', `${mlflow}/model-versions/update`, sent);
      return (body as { model_version: object }).model_version;
    };
    expect(await update({ description: 'd' })).toMatchObject({ description: 'd' });
    expect(await update({})).not.toHaveProperty('description');
    expect(await update({})).not.toHaveProperty('description');
    expect(await update({ description: '' })).toMatchObject({ description: '' });
  });

  it('goes to no stage as it was not written', async () => {
    const moved = { ...version, stage: 'archived', archive_existing_versions: true };
    const { body } = await call('POST', `${mlflow}/model-versions/transition-stage`, moved);
    expect(body).toMatchObject({ message: expect.stringContaining("'archived' is not an Active") });
  });

  it('takes 100,000 characters in a tag, and calls a longer text of a prompt by its name', async () => {
    const text = { key: 'mlflow.prompt.text', value: '😀'.repeat(50_000).padEnd(150_001, 'a') };
    const create = (...tags: object[]) =>
      call('POST', `${mlflow}/model-versions/create`, { name: 'told', source: 's3://b/b', tags });
    const set = (tag: object) =>
      call('POST', `${mlflow}/model-versions/set-tag`, { ...version, ...tag });
    const prompt = { message: 'Prompt text exceeds max length of 100000 characters.' };
    expect(await create(text)).toMatchObject({ status: 400, body: prompt });
    expect(await set(text)).toMatchObject({ status: 400, body: prompt });
    expect(await set({ ...text, key: 'other' })).toMatchObject({
      status: 400,
      body: { message: "'value' exceeds the maximum length of 100000 characters" },
    });
    expect(await set({ ...text, value: text.value.slice(0, -1) })).toMatchObject({ status: 200 });
  });
});

describe('a request with a value of a wrong type', () => {
  it('lacks no name, but has none of the right type', async () => {
    const answer = await call('DELETE', `${mlflow}/registered-models/delete-tag`, { key: 5 });
    expect(answer.body).toMatchObject({
      message: expect.stringContaining("Invalid value null for parameter 'name' supplied"),
    });
  });

  it.each([
    ['no object', 5],
    ['null', null],
    ['a text', 'x'],
    ['without a key', { value: 'v' }],
    ['with another key than a text', { key: 5 }],
  ])('has a tag with an empty key where one is %s', async (_, tag) => {
    const refused = {
      status: 400,
      body: { message: expect.stringContaining('Invalid value "" for parameter \'key\' supplied') },
    };
    const tags = [{ key: 'a', value: '1' }, tag];
    const model = { name: 'odd-tags', tags };
    expect(await call('POST', `${mlflow}/registered-models/create`, model)).toMatchObject(refused);
    const version = { name: 'odd-tags', source: 's3://b/a', tags };
    expect(await call('POST', `${mlflow}/model-versions/create`, version)).toMatchObject(refused);
  });

  it('keeps what was read of it', async () => {
    const body = { name: 'partly', description: 'kept', deployment_job_id: 5, tags: [] };
    const { status } = await call('POST', `${mlflow}/registered-models/create`, body);
    expect(status).toBe(200);
    const found = await call('GET', `${mlflow}/registered-models/get?name=partly`);
    expect(found.body).toMatchObject({ registered_model: { description: 'kept' } });
  });
});

describe('a search of the registry', () => {
  it('leaves out all versions of a name of which one is a prompt', async () => {
    await call('POST', `${mlflow}/registered-models/create`, { name: 'half' });
    const make = (tags: object[]) =>
      call('POST', `${mlflow}/model-versions/create`, { name: 'half', source: 's3://b/a', tags });
    const prompt = { key: 'mlflow.prompt.is_prompt', value: 'true' };
    const mark = { key: 'half', value: 'x' };
    await make([mark]);
    const found = async (filter: string) => {
      const query = new URLSearchParams({ filter });
      const { body } = await call('GET', `${mlflow}/model-versions/search?${query}`);
      return (body as { model_versions?: object[] }).model_versions?.length ?? 0;
    };
    const counts = async () => [
      await found("name = 'half'"),
      await found("tags.half = 'x'"),
      await found("tags.half = 'x' AND tags.`mlflow.prompt.is_prompt` = 'true'"),
    ];
    expect(await counts()).toEqual([1, 1, 0]);
    await make([mark, prompt]);
    expect(await counts()).toEqual([0, 0, 1]);
  });

  it('takes no empty text of a list for versions without a run', async () => {
    await call('POST', `${mlflow}/registered-models/create`, { name: 'no-run' });
    await call('POST', `${mlflow}/model-versions/create`, { name: 'no-run', source: 's3://b/a' });
    const found = async (filter: string) => {
      const query = new URLSearchParams({ filter: `name = 'no-run' AND ${filter}` });
      const { body } = await call('GET', `${mlflow}/model-versions/search?${query}`);
      return (body as { model_versions?: object[] }).model_versions?.length ?? 0;
    };
    expect(await found("run_id IN ('', 'x')")).toBe(0);
    expect(await found("run_id = ''")).toBe(1);
  });

  it.each([
    ['registered-models', "attributes.name = 'a'", "Invalid entity type 'attributes'"],
    ['registered-models', 'creation_timestamp > 1', "Invalid attribute key 'creation_timestamp'"],
    ['registered-models', "name IN ('a')", "Only the 'run_id' attribute"],
    ['registered-models', 'tags.a IS NULL', 'IS NULL'],
    ['model-versions', "name IN ('a')", "Only the 'run_id' attribute"],
    ['model-versions', "run_id NOT IN ('a')", "Invalid comparator 'NOT IN'"],
    ['model-versions', 'last_updated_timestamp > 1', 'Invalid attribute key'],
  ])('of %s refuses %s', async (noun, filter, message) => {
    const query = new URLSearchParams({ filter });
    const answer = await call('GET', `/api/2.0/mlflow/${noun}/search?${query}`);
    expect(answer.status).toBe(400);
    expect((answer.body as { message: string }).message).toContain(message);
  });

  it.each([
    ['registered-models', 'creation_timestamp'],
    ['registered-models', 'attribute.name'],
    ['model-versions', 'run_id'],
  ])('of %s is not ordered by %s', async (noun, order) => {
    const query = new URLSearchParams({ order_by: order });
    expect((await call('GET', `/api/2.0/mlflow/${noun}/search?${query}`)).status).toBe(400);
  });

  it.each(['.', '..', 'a:b', 'a/b'])('has no model %s', async (name) => {
    const answer = await call('POST', '/api/2.0/mlflow/registered-models/create', { name });
    expect(answer.status).toBe(400);
  });
});

describe('the registry’s MLflow API', () => {
  it('searches models by POST with numbers as text, as the R client does', async () => {
    await call('POST', `${mlflow}/registered-models/create`, { name: 'from-r', description: 'x' });
    const asked = { filter: "name = 'from-r'", max_results: '100', order_by: [] };
    const found = await call('POST', `${mlflow}/registered-models/search`, asked);
    expect(found).toMatchObject({ status: 200, body: { registered_models: [{ name: 'from-r' }] } });
  });

  it('creates, versions, aliases and reads a model as the Python client does', async () => {
    await call('POST', `${mlflow}/registered-models/create`, { name: 'wire', tags: [] });
    const created = await call('POST', `${mlflow}/model-versions/create`, {
      name: 'wire',
      source: 's3://b/model',
      run_id: 'r',
      tags: [{ key: 'a', value: '1' }],
      unknown: 'ignored',
    });
    await call('POST', `${mlflow}/registered-models/alias`, {
      name: 'wire',
      alias: 'champion',
      version: '1',
    });

    expect(created.status).toBe(200);
    expect(created.body).toEqual({
      model_version: {
        name: 'wire',
        version: '1',
        creation_timestamp: expect.any(Number),
        last_updated_timestamp: expect.any(Number),
        current_stage: 'None',
        description: '',
        source: 's3://b/model',
        run_id: 'r',
        run_link: '',
        status: 'READY',
        tags: [{ key: 'a', value: '1' }],
      },
    });
    const alias = await call(
      'GET',
      '/ajax-api/2.0/mlflow/registered-models/alias?name=wire&alias=champion',
    );
    expect(alias.body).toMatchObject({ model_version: { version: '1', aliases: ['champion'] } });
    const uri = await call('GET', `${mlflow}/model-versions/get-download-uri?name=wire&version=1`);
    expect(uri.body).toEqual({ artifact_uri: 's3://b/model' });
    const search = await call(
      'GET',
      `${mlflow}/model-versions/search?filter=${encodeURIComponent("name='wire'")}&max_results=10`,
    );
    expect(search.body).toMatchObject({ model_versions: [{ name: 'wire', version: '1' }] });
  });

  it.each([
    ['POST', '/registered-models/create', {}, 400, /^Missing value for required parameter 'name'/],
    ['GET', '/registered-models/get?name=none', undefined, 404, /with name=none not found/],
    ['DELETE', '/registered-models/delete', { name: 'none' }, 404, /with name=none not found/],
    ['GET', '/model-versions/get?name=wire&version=x', undefined, 400, /must be an integer/],
    [
      'POST',
      '/model-versions/transition-stage',
      { name: 'wire', version: '1', stage: 'Live' },
      400,
      /^Invalid Model Version stage: Live\. Value must be one of None, Staging/,
    ],
    ['GET', '/registered-models/search?max_results=1001', undefined, 400, /max_results/],
    ['GET', '/registered-models/search?page_token=%25', undefined, 400, /page token/],
  ])('answers %s %s %j with %d', async (method, path, body, status, message) => {
    const answer = await call(method, mlflow + path, body);
    expect(answer.status).toBe(status);
    expect((answer.body as { message: string }).message).toMatch(message);
  });

  it('has a twin under /ajax-api of every MLflow route', () => {
    const api = registryRoutes.filter(({ path }) => path.startsWith('/api/2.0/mlflow/'));
    const twins = registryRoutes.map(({ method, path }) => `${method} ${path}`);
    for (const { method, path } of api)
      expect(twins).toContain(`${method} /ajax-api${path.slice(4)}`);
  });
});
