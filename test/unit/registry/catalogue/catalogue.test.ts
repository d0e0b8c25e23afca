import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { loadManifest } from '../../../../functions/registry/catalogue/catalogue-store.ts';
import {
  type CompactionLimits,
  compactVersions,
} from '../../../../functions/registry/catalogue/compact-versions.ts';
import { deleteTag, setTag } from '../../../../functions/registry/change-tags.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { deleteRegisteredModel } from '../../../../functions/registry/models/delete-registered-model.ts';
import { renameRegisteredModel } from '../../../../functions/registry/models/rename-registered-model.ts';
import { searchModelVersions } from '../../../../functions/registry/search/search-model-versions.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { deleteModelVersion } from '../../../../functions/registry/versions/delete-model-version.ts';
import { updateModelVersion } from '../../../../functions/registry/versions/update-model-version.ts';
import { dynamo, getItem, writeOne } from '../../../../functions/shared/dynamo/index.ts';
import { allTables } from '../../../../lib/domains.ts';
import { aContext } from '../../../support/context.ts';
import { before as justBefore, killAt } from '../../../support/crash/kill-at.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';

let started: TestDynamo;
beforeAll(async () => {
  started = await startDynamo(Object.values(allTables));
});
afterAll(() => started.stop());
afterEach(async () => {
  vi.restoreAllMocks();
  for (const name of NAMES) await deleteRegisteredModel({ name }, context()).catch(() => {});
});

/** Every version rests at once, and segments are small, so that there are many. */
const EAGER: CompactionLimits = {
  minVersions: 1,
  maxVersions: 4,
  maxRows: 6,
  rest: 0,
  crowd: 1000,
};
const compact = (limits: Partial<CompactionLimits> = {}) =>
  compactVersions(Date.now() + 60_000, { ...EAGER, ...limits });

let now = 1_750_000_000_000;
const context = () => {
  now += 1;
  return aContext({ clock: () => now });
};

const NAMES = ['a', 'b', 'b!', 'Ä'];

interface Model {
  name: string;
  version: string;
  /** Undefined: an update named none. */
  description: string | undefined;
  tags: Record<string, string>;
  updated: number;
}

type Op =
  | { readonly kind: 'create' | 'delete' | 'drop' | 'describe' | 'alias'; readonly at: number }
  | { readonly kind: 'rename'; readonly at: number; readonly to: number }
  | { readonly kind: 'tag' | 'untag'; readonly at: number; readonly key: string }
  | { readonly kind: 'compact'; readonly rows: number }
  | { readonly kind: 'killed'; readonly call: number; readonly done: boolean }
  | { readonly kind: 'during'; readonly call: number; readonly other: 'tag' | 'delete'; at: number }
  | { readonly kind: 'read'; readonly size: number; readonly order: readonly string[] };

const at = fc.nat({ max: 11 });
const call = fc.integer({ min: 1, max: 16 });
const always = <T>(value: T) => fc.constant(value);
const operation: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: always('create' as const), at }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('delete' as const, 'describe' as const, 'alias' as const),
      at,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: always('drop' as const), at }) },
  { weight: 2, arbitrary: fc.record({ kind: always('rename' as const), at, to: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('tag' as const, 'untag' as const),
      at,
      key: fc.constantFrom('x', '__proto__'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: always('compact' as const), rows: fc.constantFrom(4, 6, 12) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: always('killed' as const), call, done: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: always('during' as const),
      call,
      other: fc.constantFrom('tag' as const, 'delete' as const),
      at,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: always('read' as const),
      size: fc.integer({ min: 1, max: 5 }),
      order: fc.constantFrom([], ['name DESC'], ['version_number'], ['creation_timestamp DESC']),
    }),
  },
);

describe('a search for versions', () => {
  it('reads the same as a model, whatever was changed, deleted, renamed, compacted and killed in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 6, maxLength: 40 }), async (operations) => {
        for (const name of NAMES) await deleteRegisteredModel({ name }, context()).catch(() => {});
        const model: Model[] = [];
        for (const op of operations) await apply(model, op);
        await read(model, 50, []);
        await read(model, 2, ['version_number DESC']);
        await find(model);
      }),
      { numRuns: 60 },
    );
  });
});

async function apply(model: Model[], op: Op): Promise<void> {
  if (op.kind === 'compact') return void (await compact({ maxRows: op.rows }));
  if (op.kind === 'killed') return killAt(op.call, op.done, () => compact());
  if (op.kind === 'read') return read(model, op.size, op.order);
  if (op.kind === 'create') return create(model, NAMES[op.at % NAMES.length] ?? '');
  const target = model[op.at % Math.max(1, model.length)];
  if (!target) return;
  if (op.kind === 'rename') return rename(model, target.name, NAMES[op.to] ?? '');
  if (op.kind !== 'during') return change(model, target, op.kind, 'key' in op ? op.key : 'x');
  await justBefore(
    op.call,
    () => change(model, target, op.other, 'x'),
    () => compact(),
  );
}

async function create(model: Model[], name: string): Promise<void> {
  await createRegisteredModel({ name }, context()).catch(() => {});
  const tags = [{ key: 'x', value: 'new' }];
  const { version } = await createModelVersion({ name, source: 's3://b/x', tags }, context());
  model.push({ name, version: `${version}`, description: '', tags: { x: 'new' }, updated: now });
}

async function rename(model: Model[], name: string, new_name: string): Promise<void> {
  if (name === new_name) return;
  await deleteRegisteredModel({ name: new_name }, context()).catch(() => {});
  remove(model, (one) => one.name === new_name);
  await renameRegisteredModel({ name, new_name }, context());
  for (const one of model) {
    if (one.name === name) Object.assign(one, { name: new_name, updated: now });
  }
}

async function change(model: Model[], target: Model, kind: string, key: string): Promise<void> {
  const { name, version } = target;
  if (kind === 'drop') {
    await deleteRegisteredModel({ name }, context());
    return remove(model, (one) => one.name === name);
  }
  if (kind === 'delete') {
    await deleteModelVersion({ name, version }, context());
    return remove(model, (one) => one === target);
  }
  if (kind === 'alias') {
    await moveAlias({ model: name, alias: 'c', version, cause: 'request' }, context());
  } else if (kind === 'describe') {
    const description = now % 3 === 0 ? undefined : `d${now}`;
    const input = { name, version, ...(description !== undefined && { description }) };
    await updateModelVersion(input, context());
    target.description = description;
    target.updated = now;
  } else if (kind === 'tag') {
    const value = `v${now}`;
    await setTag({ name, version, key, value }, context());
    Object.defineProperty(target.tags, key, { ...PLAIN, value });
  } else if (kind === 'untag') {
    await deleteTag({ name, version, key }, context());
    delete target.tags[key];
  }
}

const PLAIN = { enumerable: true, writable: true, configurable: true };

function remove(model: Model[], gone: (one: Model) => boolean): void {
  const left = model.filter((one) => !gone(one));
  model.splice(0, model.length, ...left);
}

interface Wire {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly last_updated_timestamp: number;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

async function all(input: Parameters<typeof searchModelVersions>[0]): Promise<Wire[]> {
  const found: Wire[] = [];
  let token: string | undefined;
  do {
    const page = await searchModelVersions({ ...input, ...(token && { page_token: token }) });
    expect(page.model_versions.length).toBeLessThanOrEqual(input.max_results ?? 1000);
    found.push(...(page.model_versions as Wire[]));
    token = page.next_page_token;
  } while (token);
  return found;
}

const shown = ({ name, version, description, last_updated_timestamp, tags = [] }: Wire) => [
  name,
  version,
  description,
  last_updated_timestamp,
  tags.map(({ key, value }) => `${key}=${value}`),
];

const expected = ({ name, version, description, updated, tags }: Model) => [
  name,
  version,
  description,
  updated,
  Object.keys(tags)
    .sort()
    .map((key) => `${key}=${tags[key]}`),
];

/** Pages through all versions and compares them with the model. */
async function read(model: readonly Model[], size: number, order_by: readonly string[]) {
  const found = (await all({ max_results: size, order_by })).map(shown);
  const order = order_by[0];
  const sorted = model.toSorted(
    (a, b) =>
      (order === undefined ? b.updated - a.updated : 0) ||
      (order === 'version_number' ? Number(a.version) - Number(b.version) : 0) ||
      (order === 'version_number DESC' ? Number(b.version) - Number(a.version) : 0) ||
      (a.name < b.name ? -1 : Number(a.name > b.name)) * (order === 'name DESC' ? -1 : 1) ||
      Number(b.version) - Number(a.version),
  );
  if (order === 'creation_timestamp DESC') {
    return expect(found.map(String).sort()).toEqual(model.map(expected).map(String).sort());
  }
  expect(found).toEqual(sorted.map(expected));
}

/** Filters find what they find in the model. */
async function find(model: readonly Model[]) {
  const cases: [string, (one: Model) => boolean][] = [
    ["tags.x = 'new'", ({ tags }) => tags.x === 'new'],
    ["tags.x != 'new'", ({ tags }) => tags.x !== undefined && tags.x !== 'new'],
    ["name LIKE 'b%'", ({ name }) => name.startsWith('b')],
    ["name ILIKE '%B'", ({ name }) => name === 'b'],
    ["name = 'a'", ({ name }) => name === 'a'],
    ["run_id = ''", () => true],
    ["source_path LIKE '%/x' AND version_number > 1", ({ version }) => Number(version) > 1],
  ];
  for (const [filter, wanted] of cases) {
    const found = (await all({ filter, max_results: 3 })).map(shown).map(String).sort();
    expect(found, filter).toEqual(model.filter(wanted).map(expected).map(String).sort());
  }
}

const versionsOf = async (count: number) => {
  await createRegisteredModel({ name: 'a' }, context());
  for (let i = 0; i < count; i++)
    await createModelVersion({ name: 'a', source: 's3://b/x' }, context());
};

describe('compaction of versions', () => {
  it('leaves few segments, and makes a page two calls, however many versions there are', async () => {
    await versionsOf(30);
    await compact({ maxVersions: 5, maxRows: 100 });
    const { segments } = await loadManifest();
    expect(segments.length).toBeLessThan(6);
    expect(segments.every(({ settling }) => !settling)).toBe(true);
    await searchModelVersions({});
    const send = vi.spyOn(dynamo(), 'send');
    expect((await searchModelVersions({})).model_versions).toHaveLength(30);
    expect(send.mock.calls.map(([name]) => name)).toEqual(['Query', 'GetItem']);
  });

  it('tells a description of null from an empty one, and from none, time and again', async () => {
    await versionsOf(3);
    await updateModelVersion({ name: 'a', version: '2' }, context());
    await updateModelVersion({ name: 'a', version: '3', description: '' }, context());
    const descriptions = async () =>
      (await all({ order_by: ['version_number'] })).map(({ description }) => description);
    const fresh = await descriptions();
    expect(fresh).toEqual(['', undefined, '']);
    for (let i = 0; i < 2; i++) {
      await setTag({ name: 'a', version: '1', key: 'x', value: `${i}` }, context());
      await compact({ maxRows: 100 });
      expect(await descriptions()).toEqual(fresh);
    }
  });

  it('leaves alone what was updated a moment ago, unless there is a crowd', async () => {
    await compact();
    await versionsOf(4);
    expect(await compactVersions(now + 500, { ...EAGER, rest: 1000 })).toBe(0);
    expect(await compactVersions(now + 500, { ...EAGER, rest: 1000, crowd: 3 })).toBe(4);
  });

  /** Versions with the values of a tag, after one was tagged and everything compacted once more. */
  const settled = async () => {
    await compact({ maxRows: 3 });
    return (await all({})).map(({ version, tags }) => [version, tags?.[0]?.value]);
  };
  const tag = (value: string) => setTag({ name: 'a', version: '2', key: 'x', value }, context());

  it('that died anywhere leaves nothing that the next one does not set right', async () => {
    for (let call = 1; call <= 14; call++) {
      await versionsOf(3);
      await killAt(call, call % 2 === 0, () => compact({ maxRows: 3 }));
      await tag(`${call}`);
      const expected = [
        ['3', undefined],
        ['2', `${call}`],
        ['1', undefined],
      ];
      expect(await settled(), `${call}`).toEqual(expected);
      await deleteRegisteredModel({ name: 'a' }, context());
      expect(await settled(), `${call}`).toEqual([]);
    }
  });

  it('counts a version once that changes while it is packed', async () => {
    for (let call = 1; call <= 14; call++) {
      await versionsOf(3);
      await justBefore(
        call,
        () => tag(`${call}`),
        () => compact({ maxRows: 3 }),
      );
      const expected = [
        ['3', undefined],
        ['2', `${call}`],
        ['1', undefined],
      ];
      expect(await settled(), `${call}`).toEqual(expected);
      await deleteRegisteredModel({ name: 'a' }, context());
    }
  });

  it('counts a version once that is deleted and made anew while it is packed', async () => {
    const anew = async () => {
      await deleteRegisteredModel({ name: 'a' }, context());
      await versionsOf(1);
    };
    for (let call = 1; call <= 14; call++) {
      await versionsOf(3);
      await compact({ maxRows: 3 });
      await tag(`${call}`);
      await justBefore(call, anew, () => compact({ maxRows: 3 }));
      expect(await settled(), `${call}`).toEqual([['1', undefined]]);
      await deleteRegisteredModel({ name: 'a' }, context());
    }
  });

  it('shows the versions of a damaged segment as their rows have them', async () => {
    await versionsOf(6);
    await compact();
    const { segments } = await loadManifest();
    const key = { pk: `SEGMENT#${segments[0]?.id}`, sk: 'ROWS' };
    const item = await getItem<{ body: Uint8Array }>('registry', key);
    const body = Uint8Array.from(item?.body ?? []);
    body[20] = (body[20] ?? 0) ^ 1;
    await writeOne({ table: 'registry', put: { ...item, ...key, body } });
    await setTag({ name: 'a', version: '1', key: 'late', value: 'x' }, context());
    const versions = async () => (await all({ max_results: 2 })).map(({ version }) => version);
    expect(await versions()).toEqual(['6', '5', '4', '3', '2', '1']);
    await compact();
    expect(await versions()).toEqual(['6', '5', '4', '3', '2', '1']);
  });
});
