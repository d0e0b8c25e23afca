import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeVersionByAlias } from '../../../functions/registry/aliases/get-model-version-by-alias.ts';
import { deleteAlias, moveAlias } from '../../../functions/registry/aliases/move-alias.ts';
import { deleteTag, setTag } from '../../../functions/registry/change-tags.ts';
import { getVersionByAlias } from '../../../functions/registry/index.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { deleteRegisteredModel } from '../../../functions/registry/models/delete-registered-model.ts';
import { getRegisteredModel } from '../../../functions/registry/models/get-registered-model.ts';
import { renameRegisteredModel } from '../../../functions/registry/models/rename-registered-model.ts';
import { searchModelVersions } from '../../../functions/registry/search/search-model-versions.ts';
import { searchRegisteredModels } from '../../../functions/registry/search/search-registered-models.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import {
  checkLocalSource,
  checkRemoteSource,
  isLocal,
} from '../../../functions/registry/versions/check-source.ts';
import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import { deleteModelVersion } from '../../../functions/registry/versions/delete-model-version.ts';
import { getLatestVersions } from '../../../functions/registry/versions/get-latest-versions.ts';
import { describeVersion } from '../../../functions/registry/versions/get-model-version.ts';
import { transitionStage } from '../../../functions/registry/versions/transition-stage.ts';
import { platformTable } from '../../../functions/serving/table.ts';
import { writeOne } from '../../../functions/shared/dynamo/index.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { announced } from '../../support/outbox.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
});
afterAll(() => dynamo.stop());

const context = aContext();
const source = 'mlflow-artifacts:/1/abc/artifacts/model';

async function aModel(name: string, versions = 0) {
  await createRegisteredModel({ name }, context);
  for (let i = 0; i < versions; i++) await createModelVersion({ name, source }, context);
}

const eventsOf = async (model: string) =>
  (await announced('registry')).filter((event) => event.data.model === model);

describe('registered models', () => {
  it('refuses a name that is taken, with MLflow’s message', async () => {
    await aModel('taken');
    await expect(createRegisteredModel({ name: 'taken' }, context)).rejects.toMatchObject({
      code: 'RESOURCE_ALREADY_EXISTS',
      message: 'Registered Model (name=taken) already exists.',
    });
  });

  it.each(['', '  ', 'a/b', 'a:b'])('refuses the name "%s"', async (name) => {
    await expect(createRegisteredModel({ name }, context)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
  });

  it('answers tags, aliases and the newest version of each stage', async () => {
    await aModel('prod.ml.delay', 3);
    await setTag({ name: 'prod.ml.delay', key: 'team', value: 'ops' }, context);
    await transitionStage({ name: 'prod.ml.delay', version: '2', stage: 'staging' }, context);
    await moveAlias(
      { model: 'prod.ml.delay', alias: 'champion', version: '2', cause: 'request' },
      context,
    );

    const model = await getRegisteredModel({ name: 'prod.ml.delay' });

    expect(model).toMatchObject({
      name: 'prod.ml.delay',
      user_id: 'ana',
      tags: [{ key: 'team', value: 'ops' }],
      aliases: [{ alias: 'champion', version: '2' }],
      latest_versions: [
        { version: '3', current_stage: 'None' },
        { version: '2', current_stage: 'Staging' },
      ],
    });
    expect(model).not.toHaveProperty('description');
  });

  it('moves everything when it is renamed, and nothing when the new name is taken', async () => {
    await aModel('old', 2);
    await aModel('occupied');
    await moveAlias({ model: 'old', alias: 'champion', version: '1', cause: 'request' }, context);

    await expect(
      renameRegisteredModel({ name: 'old', new_name: 'occupied' }, context),
    ).rejects.toMatchObject({ code: 'RESOURCE_ALREADY_EXISTS' });
    await renameRegisteredModel({ name: 'old', new_name: 'new' }, context);

    await expect(getRegisteredModel({ name: 'old' })).rejects.toMatchObject({
      message: 'Registered Model with name=old not found',
    });
    expect(await describeVersionByAlias({ name: 'new', alias: 'champion' })).toMatchObject({
      name: 'new',
      version: '1',
    });
    await createModelVersion({ name: 'new', source }, context);
    expect(await describeVersion({ name: 'new', version: '3' })).toMatchObject({ version: '3' });
  });

  it('starts at version 1 again after a deletion', async () => {
    await aModel('phoenix', 2);
    await deleteRegisteredModel({ name: 'phoenix' }, context);
    await aModel('phoenix', 1);

    expect(await getLatestVersions({ name: 'phoenix' })).toMatchObject([{ version: '1' }]);
  });
});

describe('model versions', () => {
  it('numbers concurrent registrations without gaps or repetitions', async () => {
    await aModel('busy');

    const versions = await Promise.all(
      Array.from({ length: 12 }, () => createModelVersion({ name: 'busy', source }, context)),
    );

    expect(versions.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    const registered = (await eventsOf('busy')).filter(
      (event) => event.type === 'ModelVersionRegistered',
    );
    expect(new Set(registered.map((event) => event.data.version)).size).toBe(12);
  });

  it('never uses a deleted number again', async () => {
    await aModel('gap', 2);
    await deleteModelVersion({ name: 'gap', version: '2' }, context);
    const next = await createModelVersion({ name: 'gap', source }, context);

    expect(next.version).toBe(3);
    await expect(describeVersion({ name: 'gap', version: '2' })).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: 'Model Version (name=gap, version=2) not found',
    });
  });

  it('stay while an endpoint serves them, and the refusal names it', async () => {
    await aModel('served', 1);
    const row = { pk: 'SERVES#served#1', sk: 'live-endpoint', endpoint: 'live-endpoint' };
    await writeOne({ table: 'platform', put: row });

    await expect(
      deleteModelVersion({ name: 'served', version: '1' }, context),
    ).rejects.toMatchObject({ message: expect.stringContaining("endpoint 'live-endpoint'") });
    await expect(deleteRegisteredModel({ name: 'served' }, context)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
  });

  it('finds the version that a run registered at once, by run and by name', async () => {
    await aModel('runs');
    await createModelVersion({ name: 'runs', source, run_id: 'r1' }, context);
    await createModelVersion({ name: 'runs', source, run_id: 'r2' }, context);

    const byRun = await searchModelVersions({ filter: "run_id = 'r2'" });
    const byRuns = await searchModelVersions({ filter: "run_id IN ('r1', 'r2')" });
    const byName = await searchModelVersions({ filter: "name='runs'" });

    expect(byRun.model_versions).toMatchObject([{ name: 'runs', version: '2', run_id: 'r2' }]);
    expect(byRuns.model_versions).toHaveLength(2);
    expect(byName.model_versions).toMatchObject([{ version: '2' }, { version: '1' }]);
  });

  it('archives the others in the stage on request and remembers the newest per stage', async () => {
    await aModel('stages', 3);
    await transitionStage({ name: 'stages', version: '1', stage: 'Production' }, context);
    await transitionStage(
      { name: 'stages', version: '2', stage: 'Production', archive_existing_versions: true },
      context,
    );

    expect(await getLatestVersions({ name: 'stages' })).toMatchObject([
      { version: '1', current_stage: 'Archived' },
      { version: '2', current_stage: 'Production' },
      { version: '3', current_stage: 'None' },
    ]);
    const changes = (await eventsOf('stages')).filter((e) => e.type === 'ModelStageChanged');
    expect(changes.map(({ data }) => [data.version, data.from, data.to])).toEqual(
      expect.arrayContaining([
        ['1', 'Production', 'Archived'],
        ['2', 'None', 'Production'],
      ]),
    );
  });

  it('finds the next newest when the newest of a stage leaves it', async () => {
    await aModel('leaving', 3);
    await transitionStage({ name: 'leaving', version: '3', stage: 'Archived' }, context);
    await deleteModelVersion({ name: 'leaving', version: '2' }, context);

    expect(
      await getLatestVersions({ name: 'leaving', stages: ['None', 'archived'] }),
    ).toMatchObject([{ version: '1' }, { version: '3' }]);
  });

  it.each([
    ['prompt-template', true],
    ['/etc/passwd', false],
  ])('takes %s for the source of a prompt: %s', async (source, taken) => {
    const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }];
    const made = createModelVersion({ name: 'runs', source, tags }, context);
    if (taken) expect((await made).source).toBe(source);
    else await expect(made).rejects.toThrow(/Invalid (?:model version|prompt) source/);
  });

  it.each([
    ['mlflow-artifacts:/1/../2/model'],
    ['s3://bucket/a/%2e%2e/b'],
    ['s3://bucket/%252e%252e/b'],
    ['/etc/passwd'],
    ['file:///etc/passwd'],
    ['a/relative/path'],
    ['s3://b/.'],
    ['s3://b/./a'],
  ])('refuses the source %s', async (bad) => {
    await expect(createModelVersion({ name: 'runs', source: bad }, context)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
  });

  it.each([
    ['file:///mnt/0/run/artifacts', 'file:///mnt/0/run/artifacts/model', true],
    ['file:///mnt/0/run/artifacts', '/mnt/0/run/artifacts/model', true],
    ['/mnt/a b', 'file:///mnt/a%20b/model', true],
    ['file:///mnt/0/run/artifacts', 'file:///mnt/0/run/artifacts2/model', false],
    ['file:///mnt/0/run/artifacts', 'file:///mnt/0/run/artifacts/../../secret', false],
    ['file:///mnt/0/run/artifacts', 'file:///mnt/0/run/artifacts/%2e%2e/secret', false],
    ['s3://mnt/0', '/mnt/0', false],
    ['s3://mnt/0', 's3://mnt/0?versionId=a+b', true],
    ['s3://mnt/0', 's3://mnt', false],
    ['s3://mnt/0', 'mlflow-artifacts:', false],
    ['s3://mnt/0', 'mlflow-artifacts:0/a', false],
    ['s3://mnt/0', 's3+x://mnt/0', false],
  ])('of a run in %s lets a version be made of %s: %s', (folder, local, allowed) => {
    const check = () =>
      isLocal(local) ? checkLocalSource(local, folder, 'run_id') : checkRemoteSource(local);
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow('Invalid model version source');
  });

  it.each([' 1', '1\n', '+1', '01', '１'])(
    'reads the version %j as Python does',
    async (version) => {
      expect(await describeVersion({ name: 'runs', version })).toMatchObject({ version: '1' });
    },
  );

  it('refuses a version that is no number', async () => {
    await expect(describeVersion({ name: 'runs', version: 'x' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
    const tag = { name: 'runs', version: '1.0', key: '/a' };
    for (const change of [setTag({ ...tag, value: '' }, context), deleteTag(tag, context)]) {
      await expect(change).rejects.toThrow("Parameter 'version' must be an integer, got '1.0'.");
    }
    const version = '9'.repeat(100);
    await expect(describeVersion({ name: 'runs', version })).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    });
  });
});

describe('aliases', () => {
  it('announces each move with the version before, and nothing when nothing moves', async () => {
    await aModel('alias', 2);
    const move = (version: string) =>
      moveAlias({ model: 'alias', alias: 'champion', version, cause: 'request' }, context);

    expect(await move('1')).toBe('moved');
    expect(await move('2')).toBe('moved');
    expect(await move('2')).toBe('unmoved');
    await deleteAlias({ name: 'alias', alias: 'champion' }, context);
    await deleteAlias({ name: 'alias', alias: 'champion' }, context);

    const moves = (await eventsOf('alias')).filter((event) => event.type === 'ModelAliasMoved');
    expect(moves.map(({ data }) => [data.previous_version, data.version])).toEqual([
      [null, '1'],
      ['1', '2'],
      ['2', null],
    ]);
    expect(moves[1]?.text).toBe('alias champion of alias moved from version 1 to 2');
  });

  it('moves only from the version that the caller expects', async () => {
    await aModel('expected', 3);
    const base = { model: 'expected', alias: 'champion', cause: 'promotion:x' };
    await moveAlias({ ...base, version: '1' }, context);

    const outcomes = await Promise.all(
      ['2', '3'].map((version) => moveAlias({ ...base, version, expectedCurrent: '1' }, context)),
    );

    expect(outcomes.sort()).toEqual(['changed', 'moved']);
  });

  it('goes with its version, in the same transaction', async () => {
    await aModel('doomed', 1);
    await moveAlias(
      { model: 'doomed', alias: 'champion', version: '1', cause: 'request' },
      context,
    );
    await deleteModelVersion({ name: 'doomed', version: '1' }, context);

    expect(await getVersionByAlias('doomed', 'champion')).toBeUndefined();
    expect((await eventsOf('doomed')).map((event) => event.type)).toEqual(
      expect.arrayContaining(['ModelVersionDeleted', 'ModelAliasMoved']),
    );
  });

  it('is refused for a version or model that does not exist, and unknown ones as MLflow does', async () => {
    await aModel('lonely');
    await expect(
      moveAlias({ model: 'lonely', alias: 'a', version: '9', cause: 'request' }, context),
    ).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' });
    await expect(describeVersionByAlias({ name: 'lonely', alias: 'a' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: 'Registered model alias a not found.',
    });
  });

  it.each(['latest', 'LATEST', 'v1', 'V22', 'a b', ''])('refuses the alias "%s"', async (alias) => {
    await expect(
      moveAlias({ model: 'alias', alias, version: '1', cause: 'request' }, context),
    ).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' });
  });
});

describe('tags', () => {
  it('are set and deleted on versions; a missing one is no error, a missing version is', async () => {
    await aModel('tags', 1);
    await setTag({ name: 'tags', version: '1', key: 'owner', value: 'ana' }, context);
    expect(await describeVersion({ name: 'tags', version: '1' })).toMatchObject({
      tags: [{ key: 'owner', value: 'ana' }],
    });

    await deleteTag({ name: 'tags', version: '1', key: 'owner' }, context);
    await deleteTag({ name: 'tags', version: '1', key: 'owner' }, context);

    expect(await describeVersion({ name: 'tags', version: '1' })).not.toHaveProperty('tags');
    await expect(
      deleteTag({ name: 'tags', version: '7', key: 'owner' }, context),
    ).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' });
  });
});

describe('searching models', () => {
  it('pages without repeating or hiding, and leaves prompts out', async () => {
    for (const name of ['search.c', 'search.a', 'search.b']) await aModel(name);
    await createRegisteredModel(
      { name: 'search.prompt', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] },
      context,
    );
    const filter = "name LIKE 'search.%'";

    const first = await searchRegisteredModels({ filter, max_results: 2 });
    await aModel('search.aa');
    const second = await searchRegisteredModels({
      filter,
      max_results: 2,
      page_token: first.next_page_token!,
    });

    expect(first.registered_models).toMatchObject([{ name: 'search.a' }, { name: 'search.b' }]);
    expect(second.registered_models).toMatchObject([{ name: 'search.c' }]);
    expect(second).not.toHaveProperty('next_page_token');
  });

  it('orders by time descending when asked, and refuses unknown keys', async () => {
    const later = aContext({ clock: () => context.clock() + 1000 });
    await createRegisteredModel({ name: 'order.old' }, context);
    await createRegisteredModel({ name: 'order.new' }, later);

    const found = await searchRegisteredModels({
      filter: "name ILIKE 'ORDER.%'",
      order_by: ['timestamp DESC'],
    });

    expect(found.registered_models).toMatchObject([{ name: 'order.new' }, { name: 'order.old' }]);
    await expect(searchRegisteredModels({ filter: "flavor = 'x'" })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
  });
});
