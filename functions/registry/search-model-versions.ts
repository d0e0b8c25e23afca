import { pageSize } from '../mlflow/index.ts';
import {
  type CheckedComparison,
  checkComparison,
  parseFilter,
  parseOrderBy,
} from '../search/index.ts';
import { listAliases } from './model-store.ts';
import { type ModelVersion, toWireVersion } from './model-version.ts';
import type { Alias } from './registered-model.ts';
import { by, demanded, fullOrder, matches, page, type Searchable } from './search.ts';
import { VERSION_FIELDS } from './search-fields.ts';
import { all, type SearchInput } from './search-registered-models.ts';
import { listVersions, versionsOfRun } from './version-store.ts';

const MAX_SIZE = 200_000;

/** What orders versions that the clauses asked for leave equal. */
const TIE_BREAKERS = [by('name'), by('version_number', true)];

const STANDARD_ORDER = [by('last_updated_timestamp', true), ...TIE_BREAKERS];

/**
 * Versions that match a filter, the last updated first. Filters by run or by name read just their
 * partition, strongly consistent: a trainer sees the version that it registered.
 */
export async function searchModelVersions(
  input: SearchInput,
): Promise<{ model_versions: object[]; next_page_token?: string }> {
  const limit = pageSize(input.max_results, MAX_SIZE, MAX_SIZE);
  const filter = parseFilter(input.filter).map((comparison) =>
    checkComparison(comparison, VERSION_FIELDS),
  );
  const asked = parseOrderBy(input.order_by ?? [], VERSION_FIELDS);
  const order = asked.length > 0 ? fullOrder(asked, TIE_BREAKERS) : STANDARD_ORDER;
  const found: (Searchable & { version: ModelVersion })[] = [];
  for await (const version of candidates(filter)) {
    const item = { version, tags: version.tags, attributes: attributesOf(version) };
    if (matches(item, filter)) found.push(item);
  }
  const { items, next } = page(found, order, limit, input.page_token);
  const versions = items.map(({ version }) => version);
  const aliases = await aliasesOf(versions);
  return {
    model_versions: versions.map((version) =>
      toWireVersion(version, aliases.get(version.name) ?? []),
    ),
    ...(next && { next_page_token: next }),
  };
}

const attributesOf = (version: ModelVersion): Searchable['attributes'] => ({
  name: version.name,
  version_number: version.version,
  run_id: version.run_id ?? '',
  source_path: version.source,
  creation_timestamp: version.creation_timestamp,
  last_updated_timestamp: version.last_updated_timestamp,
});

async function* candidates(filter: readonly CheckedComparison[]): AsyncGenerator<ModelVersion> {
  const runs = demanded(filter, 'run_id');
  const names = demanded(filter, 'name');
  if (runs && !runs.includes('')) {
    for (const run of runs) yield* await versionsOfRun(run);
  } else if (names) {
    for (const name of names) yield* listVersions(name);
  } else {
    for await (const model of all()) yield* listVersions(model.name);
  }
}

async function aliasesOf(
  versions: readonly ModelVersion[],
): Promise<ReadonlyMap<string, readonly Alias[]>> {
  const names = [...new Set(versions.map(({ name }) => name))];
  const lists = await Promise.all(names.map((name) => listAliases(name)));
  return new Map(names.map((name, i) => [name, lists[i] ?? []]));
}
