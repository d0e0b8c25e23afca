import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { searchModelVersions } from '../../../../functions/registry/search/search-model-versions.ts';
import { searchRegisteredModels } from '../../../../functions/registry/search/search-registered-models.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import { aContext } from '../../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';

const context = aContext();
/** Two bytes each. */
const tags = [{ key: 'long', value: 'ä'.repeat(100_000) }];
const names = Array.from({ length: 30 }, (_, i) => `m${String(i).padStart(2, '0')}`);

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
  for (const name of names) {
    await createRegisteredModel({ name, tags }, context);
    await createModelVersion({ name, source: 's3://b/a', tags }, context);
  }
});
afterAll(() => dynamo.stop());

interface Page {
  readonly registered_models?: readonly object[];
  readonly model_versions?: readonly object[];
  readonly next_page_token?: string;
}

async function pages(search: (token?: string) => Promise<Page>) {
  const found: string[] = [];
  let count = 0;
  let token: string | undefined;
  do {
    const page: Page = await search(token);
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(page)))).toBeLessThan(6_000_000);
    const rows = (page.registered_models ?? page.model_versions ?? []) as { name: string }[];
    found.push(...rows.map(({ name }) => name));
    count += 1;
    token = page.next_page_token;
  } while (token);
  return { found, count };
}

describe('pages are cut below what a function may answer, and nothing is left out', () => {
  const token = (page_token?: string) => (page_token ? { page_token } : {});

  it.each([['name'], ['name DESC']])('of models by %s', async (clause) => {
    const asked = { max_results: 1000, order_by: [clause] };
    const { found, count } = await pages((next) =>
      searchRegisteredModels({ ...asked, ...token(next) }),
    );
    expect(found).toEqual(clause === 'name' ? names : names.toReversed());
    expect(count).toBeGreaterThan(1);
  });

  it('of versions', async () => {
    const asked = { order_by: ['name'] };
    const { found, count } = await pages((next) =>
      searchModelVersions({ ...asked, ...token(next) }),
    );
    expect(found).toEqual(names);
    expect(count).toBeGreaterThan(1);
  });
});
