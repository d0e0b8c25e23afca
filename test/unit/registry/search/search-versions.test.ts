import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { searchModelVersions } from '../../../../functions/registry/search/search-model-versions.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { versionPuts } from '../../../../functions/registry/versions/version-store.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import { transactWrite } from '../../../../functions/shared/dynamo/index.ts';
import { aContext } from '../../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';

interface Shown {
  readonly name: string;
  readonly version: string;
  readonly last_updated_timestamp: number;
}

let dynamo: TestDynamo;
const all: Shown[] = [];
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
  for (let model = 0; model < 12; model++) {
    const rows = Array.from({ length: 10 }, (_, i) => ({
      name: `m ${model}${model % 3 === 0 ? '!' : ''}`,
      version: i + 1,
      creation_timestamp: 1,
      // Many share a time, so that names and numbers decide.
      last_updated_timestamp: 1000 + ((model * 7 + i * 3) % 9),
      user_id: 'ana',
      current_stage: 'None' as const,
      source: 's3://b',
      status: 'READY' as const,
      tags: { even: String(i % 2 === 0) },
    }));
    await createRegisteredModel({ name: rows[0]!.name }, aContext());
    await transactWrite(rows.flatMap(versionPuts));
    all.push(...rows.map((row) => ({ ...row, version: String(row.version) })));
  }
  all.sort(
    (a, b) =>
      b.last_updated_timestamp - a.last_updated_timestamp ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) ||
      Number(b.version) - Number(a.version),
  );
});
afterAll(() => dynamo.stop());

const id = ({ name, version }: Shown) => `${name}/${version}`;

async function pages(size: number, more: object = {}): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const page = await searchModelVersions({
      max_results: size,
      ...more,
      ...(token && { page_token: token }),
    });
    expect(page.model_versions.length).toBeLessThanOrEqual(size);
    found.push(...(page.model_versions as Shown[]).map(id));
    token = page.next_page_token;
  } while (token);
  return found;
}

describe('a search for versions of all models', () => {
  it('gives every version once, in MLflow’s order, whatever the size of its pages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 130 }), async (size) => {
        expect(await pages(size)).toEqual(all.map(id));
      }),
      { numRuns: 12 },
    );
  });

  it('fills its pages with what the filter lets through', async () => {
    const even = all.filter(({ version }) => Number(version) % 2 === 1);
    expect(await pages(7, { filter: "tags.even = 'true'" })).toEqual(even.map(id));
  });

  it.each([
    ['m 11%', /^m 11/],
    ['m 1_', /^m 1.$/],
    ['m%!', /^m.*!$/],
    ['%11', /11$/],
    ['nobody%', /^nobody/],
  ])('finds the models whose names are LIKE %s, page by page', async (pattern, expected) => {
    const wanted = all.filter(({ name }) => expected.test(name));
    expect(await pages(7, { filter: `name LIKE '${pattern}'` })).toEqual(wanted.map(id));
  });

  it('takes other orders, where names and then numbers decide what is equal', async () => {
    const expected = all.toSorted(
      (a, b) => Number(b.version) - Number(a.version) || (a.name < b.name ? -1 : 1),
    );
    expect(await pages(11, { order_by: ['version_number DESC'] })).toEqual(expected.map(id));
  });
});
