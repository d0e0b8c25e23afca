import { describe, expect, it } from 'vitest';
import { handler } from '../../../../functions/registry/registry.lambda.ts';
import { callAs } from '../../../support/call-as.ts';
import { announced } from '../../../support/outbox.ts';
import { call, MLFLOW, UNITY, useRegistry } from './api.ts';

useRegistry();

describe('Unity Catalog’s models that are changed', () => {
  it.each(['prod.ml.late', 'ml.late', 'late.', '.late', 'a/b', 'x'.repeat(257), ' '])(
    'are left as they are where the new name is not the last level of one (%s)',
    async (new_name) => {
      const levels = { catalog_name: 'prod', schema_name: 'strict', name: `m${new_name.length}` };
      const { body: made } = await call('POST', UNITY, { ...levels, comment: 'early' });
      const path = `${UNITY}/${made.full_name}`;
      const answer = await call('PATCH', path, { new_name, comment: 'late', owner: 'ana' });
      expect(answer.status).toBe(400);
      expect((await call('GET', path)).body).toEqual(made);
      await call('DELETE', path);
    },
  );

  it('say which part of the name a new name replaces', async () => {
    await call('POST', UNITY, { catalog_name: 'prod', schema_name: 'ml', name: 'dotted' });
    const answer = await call('PATCH', `${UNITY}/prod.ml.dotted`, { new_name: 'prod.ml.late' });
    expect(answer.body).toMatchObject({
      error_code: 'INVALID_PARAMETER_VALUE',
      message:
        "new_name 'prod.ml.late' replaces the last level of 'prod.ml.dotted': it must have no dots",
    });
  });

  it('are renamed and described at once or not at all', async () => {
    for (const name of ['first', 'second']) {
      await call('POST', UNITY, { catalog_name: 'at', schema_name: 'once', name, comment: 'old' });
    }
    const path = `${UNITY}/at.once.first`;
    const taken = await call('PATCH', path, { new_name: 'second', comment: 'new', owner: 'ana' });
    expect(taken.status).toBe(400);
    const long = 'x'.repeat(500_000);
    const tooLong = await call('PATCH', path, { new_name: 'third', comment: long });
    expect(tooLong.status).toBe(400);
    expect((await call('GET', path)).body).toMatchObject({ comment: 'old', owner: 'local' });
    expect((await call('GET', `${UNITY}/at.once.third`)).status).toBe(404);

    const done = await call('PATCH', path, { new_name: 'third', comment: 'new', owner: 'ana' });
    const renamed = { full_name: 'at.once.third', comment: 'new', owner: 'ana' };
    expect(done).toMatchObject({ status: 200, body: renamed });
    // The owner is not given, and stays.
    const back = await call('PATCH', `${UNITY}/at.once.third`, { new_name: 'third', owner: '' });
    expect(back.body).toMatchObject(renamed);
    const again = await call('PATCH', `${UNITY}/at.once.third`, { new_name: 'fourth', owner: '' });
    expect(again.body).toMatchObject({ ...renamed, full_name: 'at.once.fourth' });
    const events = (await announced('registry')).filter(({ data }) =>
      ['at.once.first', 'at.once.third'].includes(String(data.model)),
    );
    expect(events.map(({ type, data }) => [type, data])).toMatchObject([
      ['RegisteredModelCreated', {}],
      ['RegisteredModelUpdated', { description: 'new', previous_description: 'old' }],
      ['RegisteredModelRenamed', { previous_name: 'at.once.first' }],
    ]);
  });

  it('tell who changed them last, as do their versions', async () => {
    const by = async (user: string, method: string, path: string, body?: object) => {
      const actor = { user, groups: [] };
      const answer = await callAs<Record<string, unknown>>(actor, handler, method, path, body);
      expect(answer.status, `${method} ${path}`).toBe(200);
      return answer.body;
    };
    const full = { catalog_name: 'by', schema_name: 'whom', name: 'made' };
    expect(await by('ana', 'POST', UNITY, full)).toMatchObject({ updated_by: 'ana' });
    const name = 'by.whom.made';
    const path = `${UNITY}/${name}`;
    const described = await by('ben', 'PATCH', path, { comment: 'late' });
    expect(described).toMatchObject({ created_by: 'ana', updated_by: 'ben' });
    await by('cyd', 'POST', `${MLFLOW}/model-versions/create`, { name, source: 's3://b/1' });
    expect(await by('ana', 'GET', path)).toMatchObject({ updated_by: 'cyd' });
    const version = `${path}/versions/1`;
    expect(await by('ana', 'GET', version)).toMatchObject({ updated_by: 'cyd' });
    await by('dan', 'PATCH', version, { comment: 'first' });
    expect(await by('ana', 'GET', version)).toMatchObject({ created_by: 'cyd', updated_by: 'dan' });
    const move = { name, version: '1', stage: 'Staging' };
    await by('eve', 'POST', `${MLFLOW}/model-versions/transition-stage`, move);
    await by('ana', 'PUT', `${path}/aliases/champion`, { version_num: 1 });
    for (const shown of [path, version, `${path}/aliases/champion`]) {
      expect(await by('ana', 'GET', shown), shown).toMatchObject({ updated_by: 'eve' });
    }
    await by('fay', 'PATCH', path, { new_name: 'renamed' });
    for (const shown of ['', '/versions/1', '/aliases/champion']) {
      const found = await by('ana', 'GET', `${UNITY}/by.whom.renamed${shown}`);
      expect(found, shown).toMatchObject({ updated_by: 'fay' });
    }
  });

  it('keep the comment that somebody gives while the owner changes', async () => {
    await call('POST', UNITY, { catalog_name: 'at', schema_name: 'once', name: 'shared' });
    const path = `${UNITY}/at.once.shared`;
    for (let i = 0; i < 20; i++) {
      const answers = await Promise.all([
        call('PATCH', path, { owner: `owner${i}` }),
        call('PATCH', path, { comment: `comment ${i}` }),
        call('PATCH', path, { owner: `owner${i}` }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      const { body } = await call('GET', path);
      expect(body).toMatchObject({ owner: `owner${i}`, comment: `comment ${i}` });
    }
  });
});
