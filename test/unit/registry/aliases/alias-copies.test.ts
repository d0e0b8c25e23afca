import { isDeepStrictEqual } from 'node:util';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeVersionByAlias } from '../../../../functions/registry/aliases/get-model-version-by-alias.ts';
import { deleteAlias, moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { deleteTag, setTag } from '../../../../functions/registry/change-tags.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import {
  aliasKey,
  findAlias,
  listAliases,
} from '../../../../functions/registry/models/model-store.ts';
import { renameRegisteredModel } from '../../../../functions/registry/models/rename-registered-model.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { deleteModelVersion } from '../../../../functions/registry/versions/delete-model-version.ts';
import { describeVersion } from '../../../../functions/registry/versions/get-model-version.ts';
import { aliasAttribute } from '../../../../functions/registry/versions/model-version.ts';
import { transitionStage } from '../../../../functions/registry/versions/transition-stage.ts';
import { updateModelVersion } from '../../../../functions/registry/versions/update-model-version.ts';
import { listVersions, versionKey } from '../../../../functions/registry/versions/version-store.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import {
  dynamo as dynamoClient,
  transactWrite,
} from '../../../../functions/shared/dynamo/index.ts';
import { DomainError } from '../../../../functions/shared/errors.ts';
import { newId } from '../../../../functions/shared/ids.ts';
import { aContext } from '../../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';
import { useCost } from '../../../support/figures/cost.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
});
afterAll(() => dynamo.stop());
const costOf = useCost();

const context = aContext();
const VERSIONS = 3;
const ALIASES = ['champion', 'challenger', 'canary'];

async function aModel(): Promise<string> {
  const name = `copied-${newId()}`;
  await createRegisteredModel({ name }, context);
  for (let i = 0; i < VERSIONS; i++) {
    await createModelVersion({ name, source: `s3://bucket/${i}` }, context);
  }
  return name;
}

const point = (model: string, alias: string, version: string) =>
  moveAlias({ model, alias, version, cause: 'request' }, context);

/** What the alias answers is what the version answers, and both know the same aliases. */
async function consistent(name: string): Promise<void> {
  const aliases = await listAliases(name);
  for (const { alias, version } of aliases) {
    const byAlias = await describeVersionByAlias({ name, alias });
    expect(byAlias).toEqual(await describeVersion({ name, version: String(version) }));
    expect(byAlias).toMatchObject({ aliases: expect.arrayContaining([alias]) });
  }
  let marks = 0;
  for await (const version of listVersions(name)) {
    const attributes = Object.keys(version).filter((key) => key.startsWith(aliasAttribute('')));
    marks += attributes.length;
  }
  expect(marks).toBe(aliases.length);
}

const version = fc.integer({ min: 1, max: VERSIONS }).map(String);
const alias = fc.constantFrom(...ALIASES);
const key = fc.constantFrom('a', 'b');
const change = fc.oneof(
  fc.record({ kind: fc.constant('point' as const), alias, version }),
  fc.record({ kind: fc.constant('unpoint' as const), alias }),
  fc.record({ kind: fc.constant('tag' as const), version, key, value: fc.string() }),
  fc.record({ kind: fc.constant('untag' as const), version, key }),
  fc.record({ kind: fc.constant('describe' as const), version, description: fc.string() }),
  fc.record({
    kind: fc.constant('stage' as const),
    version,
    stage: fc.constantFrom('Production', 'Staging'),
    archive_existing_versions: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('delete' as const), version }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

async function apply(name: string, one: Change): Promise<unknown> {
  switch (one.kind) {
    case 'point':
      return point(name, one.alias, one.version);
    case 'unpoint':
      return deleteAlias({ name, alias: one.alias }, context);
    case 'tag':
      return setTag({ ...one, name }, context);
    case 'untag':
      return deleteTag({ ...one, name }, context);
    case 'describe':
      return updateModelVersion({ ...one, name }, context);
    case 'stage':
      return transitionStage({ ...one, name }, context);
    case 'delete':
      return deleteModelVersion({ ...one, name }, context);
  }
}

/** Refusals are answers, too: of a version that was deleted, for one. */
async function attempt(name: string, one: Change): Promise<void> {
  try {
    await apply(name, one);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    expect(error.code).toBe('RESOURCE_DOES_NOT_EXIST');
  }
}

/** Does something just before this process' transaction after so many others; answers when it is done. */
function before(others: number, act: () => Promise<unknown>): () => Promise<void> {
  const client = dynamoClient();
  const { send } = client;
  let left = others;
  let acted: Promise<unknown> | undefined;
  client.send = async (...args) => {
    if (args[0] === 'TransactWriteItems' && left-- === 0) {
      client.send = send;
      acted = act();
      await acted;
    }
    return send.apply(client, args);
  };
  return async () => {
    client.send = send;
    await acted;
    if (!acted) await act();
  };
}

describe('a version asked for by alias', () => {
  it('is read for one unit, in one call, after every kind of change', async () => {
    const name = await aModel();
    await point(name, 'champion', '2');
    await point(name, 'challenger', '2');
    await setTag({ name, version: '2', key: 'owner', value: 'ana' }, context);
    const read = () => describeVersionByAlias({ name, alias: 'champion' });
    expect(await costOf(5, read)).toEqual({ calls: 1, units: 1 });
    expect(await read()).toMatchObject({
      version: '2',
      aliases: ['challenger', 'champion'],
      tags: [{ key: 'owner', value: 'ana' }],
    });
  });

  it('is what the version is, whatever was done at once to versions and aliases', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { minLength: 1, maxLength: 5 }), { maxLength: 6 }),
        async (rounds) => {
          const name = await aModel();
          for (const alias of ALIASES) await point(name, alias, '1');
          for (const round of rounds) {
            await Promise.all(round.map((one) => attempt(name, one)));
            await consistent(name);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is so when it goes from a version to one that is archived between their readings', async () => {
    const name = await aModel();
    await point(name, 'champion', '1');
    await transitionStage({ name, version: '2', stage: 'Staging' }, context);
    const client = dynamoClient();
    const { send } = client;
    client.send = async (...args) => {
      if (args[0] === 'Query') {
        client.send = send;
        await point(name, 'champion', '2');
      }
      return send.apply(client, args);
    };
    const archive = { name, version: '1', stage: 'Staging', archive_existing_versions: true };
    await transitionStage(archive, context);
    await consistent(name);
    expect(await describeVersionByAlias({ name, alias: 'champion' })).toMatchObject({
      version: '2',
      current_stage: 'Archived',
    });
  });

  it.each<[string, (name: string) => Promise<unknown>, (name: string) => Promise<unknown>]>([
    [
      'a tag is set',
      (name) => setTag({ name, version: '1', key: 'a', value: 'x' }, context),
      (name) => point(name, 'champion', '1'),
    ],
    [
      'an alias comes',
      (name) => point(name, 'champion', '1'),
      (name) => setTag({ name, version: '1', key: 'a', value: 'x' }, context),
    ],
    [
      'the version is deleted',
      (name) => deleteModelVersion({ name, version: '1' }, context),
      (name) => point(name, 'champion', '1'),
    ],
    [
      'the model is renamed',
      (name) => renameRegisteredModel({ name, new_name: `${name}-renamed` }, context),
      (name) => setTag({ name, version: '2', key: 'a', value: 'x' }, context),
    ],
  ])('is so when %s and another change comes just before the writing', async (_why, slow, fast) => {
    for (let writes = 0; writes < 6; writes++) {
      const name = await aModel();
      await point(name, 'canary', '2');
      const overtaken = before(writes, () => fast(name).catch(() => {}));
      await slow(name);
      await overtaken();
      await consistent(name);
      await consistent(`${name}-renamed`);
    }
  });

  it('is so when another alias moves between the readings of the two versions', async () => {
    const name = await aModel();
    await point(name, 'champion', '1');
    await point(name, 'canary', '1');
    const client = dynamoClient();
    const { send } = client;
    const reads = (args: Parameters<typeof send>, version: number) =>
      args[0] === 'GetItem' &&
      isDeepStrictEqual((args[1] as { Key: object }).Key, marshall(versionKey(name, version)));
    let moved: Promise<unknown> | undefined;
    client.send = async (...args) => {
      if (!moved && reads(args, 3)) {
        moved = new Promise((resolve) => setTimeout(resolve, 50)).then(() => {
          client.send = send;
          return point(name, 'champion', '3');
        });
        await moved;
      }
      return send.apply(client, args);
    };
    expect(await point(name, 'canary', '3')).toBe('moved');
    expect(moved).toBeDefined();
    await consistent(name);
  });

  it('stays so under a new name, with changes in the midst of the renaming', async () => {
    const name = await aModel();
    const to = `${name}-renamed`;
    for (const alias of ALIASES) await point(name, alias, '2');
    const tags = Array.from({ length: 20 }, (_, i) =>
      setTag({ name: i % 2 === 0 ? name : to, version: '2', key: `t${i}`, value: 'x' }, context),
    );
    const all = [
      renameRegisteredModel({ name, new_name: to }, context),
      ...tags,
      point(name, 'champion', '3'),
      point(name, 'canary', '1'),
    ];
    await Promise.allSettled(all);
    await renameRegisteredModel({ name, new_name: to }, context).catch(() => {});
    await setTag({ name: to, version: '2', key: 'last', value: 'yes' }, context);
    expect((await listAliases(to)).map((one) => one.alias).sort()).toEqual([...ALIASES].sort());
    await consistent(to);
  });

  it('is read as before where the row only names the version: of before, or of very many', async () => {
    const name = await aModel();
    await transactWrite([
      {
        table: registryTable.name,
        put: { ...aliasKey(name, 'old'), alias: 'old', version: 1 },
      },
      {
        table: registryTable.name,
        key: versionKey(name, 1),
        update: 'SET #alias = :true',
        names: { '#alias': aliasAttribute('old') },
        values: { ':true': true },
      },
    ]);
    for (let i = 0; i < 22; i++) await point(name, `a${i}`, '1');
    await setTag({ name, version: '1', key: 'owner', value: 'ben' }, context);
    expect((await findAlias(name, 'a19'))?.copy).toBeDefined();
    expect((await findAlias(name, 'a21'))?.copy).toBeUndefined();
    await consistent(name);
    await point(name, 'old', '2');
    expect((await findAlias(name, 'old'))?.copy).toBeDefined();
    await consistent(name);
  });
});
