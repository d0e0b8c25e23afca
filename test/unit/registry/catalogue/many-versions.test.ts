import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadManifest } from '../../../../functions/registry/catalogue/catalogue-store.ts';
import { compactVersions } from '../../../../functions/registry/catalogue/compact-versions.ts';
import { searchModelVersions } from '../../../../functions/registry/search/search-model-versions.ts';
import { versionPuts } from '../../../../functions/registry/versions/version-store.ts';
import { transactWrite } from '../../../../functions/shared/dynamo/index.ts';
import { allTables } from '../../../../lib/domains.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';

const START = 1_750_000_000_000;
/** More than a page's best rows are sorted out from (twice the page and 1,000), and several segments. */
const COUNT = 3000;
const PAGE = 20;
const ROWS_PER_TRANSACTION = 50;

/** Versions of models that were registered one after another, so that segments lie apart in time. */
const VERSIONS = Array.from({ length: COUNT }, (_, i) => ({
  name: `m${String(i % 30).padStart(2, '0')}`,
  version: Math.floor(i / 30) + 1,
  creation_timestamp: START + i * 1000,
  last_updated_timestamp: START + i * 1000,
  user_id: 'ana',
  current_stage: 'None' as const,
  source: 's3://b/x',
  status: 'READY' as const,
  tags: {},
}));

let started: TestDynamo;
beforeAll(async () => {
  started = await startDynamo(Object.values(allTables));
  for (let i = 0; i < COUNT; i += ROWS_PER_TRANSACTION) {
    await transactWrite(VERSIONS.slice(i, i + ROWS_PER_TRANSACTION).flatMap(versionPuts));
  }
  const limits = { minVersions: 1, maxVersions: 1000, maxRows: 1000, rest: 0, crowd: COUNT };
  await compactVersions(START + 2 * COUNT * 1000, limits);
});
afterAll(() => started.stop());

/** The first and the following pages: who reads on from the middle skips segments on both sides. */
async function pages(order_by: readonly string[], count: number): Promise<string[]> {
  const found: string[] = [];
  let page_token: string | undefined;
  for (let page = 0; page < count; page++) {
    const answer = await searchModelVersions({
      order_by,
      max_results: PAGE,
      ...(page_token && { page_token }),
    });
    for (const one of answer.model_versions as { name: string; version: string }[]) {
      found.push(`${one.name}/${one.version}`);
    }
    page_token = answer.next_page_token;
  }
  return found;
}

type Version = (typeof VERSIONS)[number];
const byName = (a: Version, b: Version) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

describe('a search through segments of many rows', () => {
  it.each<[string, readonly string[], (a: Version, b: Version) => number]>([
    ['newest first', [], (a, b) => b.last_updated_timestamp - a.last_updated_timestamp],
    ['oldest first', ['creation_timestamp'], (a, b) => a.creation_timestamp - b.creation_timestamp],
    ['by name', ['name'], (a, b) => byName(a, b) || b.version - a.version],
    ['by name, last first', ['name DESC'], (a, b) => byName(b, a) || b.version - a.version],
    ['by number', ['version_number'], (a, b) => a.version - b.version || byName(a, b)],
  ])('gives pages in their order: %s', async (_order, order_by, compare) => {
    expect((await loadManifest()).segments).toHaveLength(3);
    const wanted = VERSIONS.toSorted(compare).map(({ name, version }) => `${name}/${version}`);
    expect(await pages(order_by, 60)).toEqual(wanted.slice(0, 60 * PAGE));
  });
});
