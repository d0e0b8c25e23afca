import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { setTag } from '../../../../functions/registry/change-tags.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { findModel, listAliases } from '../../../../functions/registry/models/model-store.ts';
import { renameRegisteredModel } from '../../../../functions/registry/models/rename-registered-model.ts';
import { handler } from '../../../../functions/registry/registry.lambda.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { aliasesOf } from '../../../../functions/registry/versions/model-version.ts';
import {
  getVersion,
  listVersions,
  versionPuts,
  versionsOfRun,
} from '../../../../functions/registry/versions/version-store.ts';
import { createComment, updateComment } from '../../../../functions/registry/workspace/comments.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import { transactWrite } from '../../../../functions/shared/dynamo/index.ts';
import { DomainError } from '../../../../functions/shared/errors.ts';
import { newId } from '../../../../functions/shared/ids.ts';
import { trackingTable } from '../../../../functions/tracking/table.ts';
import { callApi } from '../../../support/call-api.ts';
import { aContext } from '../../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';
import { announced } from '../../../support/outbox.ts';

const context = aContext();
let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable, trackingTable]);
});
afterAll(() => dynamo.stop());

/** A model with many versions, written as they are but without their events. */
async function aModel(count: number): Promise<string> {
  const name = `model-${newId()}`;
  const model = await createRegisteredModel({ name }, context);
  for (let start = 1; start <= count; start += 40) {
    const numbers = Array.from({ length: Math.min(40, count - start + 1) }, (_, i) => start + i);
    await transactWrite(
      numbers.flatMap((version) =>
        versionPuts({
          name,
          version,
          creation_timestamp: 1,
          last_updated_timestamp: 1,
          user_id: 'ana',
          current_stage: 'None',
          source: `s3://b/${version}`,
          run_id: `run-${name}`,
          status: 'READY',
          tags: { n: String(version) },
        }),
      ),
    );
  }
  await transactWrite([
    {
      table: 'registry',
      put: {
        ...(await findModel(name)),
        ...model,
        pk: `MODEL#${name}`,
        sk: 'META',
        kind: 'model',
        last_version: count,
        latest: { None: count },
      },
    },
  ]);
  return name;
}

const versions = async (name: string) => {
  const found = [];
  for await (const version of listVersions(name)) found.push(version);
  return found;
};

describe('a rename', () => {
  it('takes a thousand versions along, with aliases, runs, comments and the model’s id', async () => {
    const name = await aModel(1000);
    await moveAlias({ model: name, alias: 'champion', version: '7', cause: 'request' }, context);
    const comment = await createComment({ name, version: '7', comment: 'hm' }, context);
    const before = await findModel(name);
    const renamed = `${name}-new`;
    await renameRegisteredModel({ name, new_name: renamed }, context);

    expect(await findModel(name)).toBeUndefined();
    expect(await versions(name)).toEqual([]);
    const after = await versions(renamed);
    expect(after.map(({ version }) => version)).toEqual(
      Array.from({ length: 1000 }, (_, i) => 1000 - i),
    );
    expect(
      after.every(({ version, name: own, tags }) => own === renamed && tags.n === String(version)),
    ).toBe(true);
    expect(await findModel(renamed)).toMatchObject({ id: before?.id, last_version: 1000 });
    expect(await listAliases(renamed)).toEqual([{ alias: 'champion', version: 7 }]);
    expect(aliasesOf(await getVersion(renamed, 7))).toEqual(['champion']);
    expect(await versionsOfRun(`run-${name}`)).toHaveLength(1000);
    expect(await updateComment({ id: comment.id, comment: 'better' }, context)).toMatchObject({
      comment: 'better',
    });
    expect((await createModelVersion({ name: renamed, source: 's3://b/m' }, context)).version).toBe(
      1001,
    );
    const events = (await announced('registry')).filter(({ data }) => data.model === renamed);
    expect(events.filter(({ type }) => type === 'RegisteredModelRenamed')).toHaveLength(1);
  });

  it.each(['old', 'new'])(
    'that was interrupted is finished by who asks for the %s name',
    async (asked) => {
      const name = await aModel(60);
      const renamed = `${name}-new`;
      const table = 'registry';
      await transactWrite([
        { table, put: { pk: `MODEL#${renamed}`, sk: 'META', name: renamed, moving_from: name } },
        {
          table,
          key: { pk: `MODEL#${name}`, sk: 'META' },
          update: 'SET moving_to = :to',
          values: { ':to': renamed },
        },
      ]);
      const path = (model: string) => `/api/2.0/mlflow/registered-models/get?name=${model}`;
      const named = new URLSearchParams({ filter: `name = '${renamed}'` });
      const found = await callApi(
        handler,
        'GET',
        `/api/2.0/mlflow/registered-models/search?${named}`,
      );
      expect(found.status).toBe(200);
      const answer = await callApi(handler, 'GET', path(asked === 'old' ? name : renamed));
      expect(answer.status).toBe(asked === 'old' ? 404 : 200);
      expect((await callApi(handler, 'GET', path(renamed))).body).toMatchObject({
        registered_model: { name: renamed, latest_versions: [{ version: '60' }] },
      });
      expect(await versions(renamed)).toHaveLength(60);
    },
  );

  it('to the name that a model has changes its time and those of its versions', async () => {
    const name = await aModel(2);
    const later = Date.now() + 100_000;
    await renameRegisteredModel({ name, new_name: name }, aContext({ clock: () => later }));
    const times = [(await findModel(name))?.last_updated_timestamp];
    for await (const version of listVersions(name)) times.push(version.last_updated_timestamp);
    expect(times).toEqual([later, later, later]);
    const events = (await announced('registry')).filter(({ data }) => data.model === name);
    expect(events.map(({ type, data }) => [type, data.version ?? null])).toEqual([
      ['RegisteredModelCreated', null],
      ['ModelVersionUpdated', '2'],
      ['ModelVersionUpdated', '1'],
      ['RegisteredModelUpdated', null],
    ]);
  });

  it('loses no change that was acknowledged meanwhile', async () => {
    const name = await aModel(150);
    const renamed = `${name}-new`;
    const done: { version: string; key: string }[] = [];
    const rename = renameRegisteredModel({ name, new_name: renamed }, context);
    let over = false;
    const settled = rename.finally(() => {
      over = true;
    });
    const change = async (seed: number) => {
      for (let i = 0; !over && i < 60; i++) {
        const version = String(((seed * 97 + i * 31) % 150) + 1);
        const key = `k${seed}-${i}`;
        try {
          await setTag({ name, version, key, value: 'v' }, context);
          done.push({ version, key });
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
        }
      }
    };
    await Promise.all([settled, ...Array.from({ length: 24 }, (_, seed) => change(seed))]);
    const rows = new Map((await versions(renamed)).map((row) => [String(row.version), row.tags]));
    expect(rows.size).toBe(150);
    expect(done.length).toBeGreaterThan(0);
    expect(done.filter(({ version, key }) => rows.get(version)?.[key] !== 'v')).toEqual([]);
  });

  it('of two to one name, one wins', async () => {
    const [a, b] = [await aModel(30), await aModel(30)];
    const target = `t-${newId()}`;
    const results = await Promise.allSettled(
      [a, b].map((name) => renameRegisteredModel({ name, new_name: target }, context)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await versions(target)).toHaveLength(30);
    expect((await versions(a)).length + (await versions(b)).length).toBe(30);
  });
});
