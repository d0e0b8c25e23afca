import { fromPageToken, pageSize, toPageToken } from '../mlflow/index.ts';
import {
  type CheckedComparison,
  checkComparison,
  parseFilter,
  parseOrderBy,
} from '../search/index.ts';
import { listModelsFrom } from './model-store.ts';
import { type ModelVersion, toListedVersion } from './model-version.ts';
import { isPrompt } from './prompt.ts';
import {
  aboutPrompts,
  by,
  type Clause,
  demanded,
  demandedPrefix,
  fullOrder,
  matches,
  page,
  type Searchable,
  sortValues,
} from './search.ts';
import { VERSION_FIELDS, VERSION_ORDER_FIELDS } from './search-fields.ts';
import type { SearchInput } from './search-registered-models.ts';
import {
  listRecent,
  listVersions,
  listVersionsBelow,
  recencyOf,
  versionsOfRun,
} from './version-store.ts';

const MAX_SIZE = 200_000;

/** An answer must stay below Lambda's 6 MB: a page ends where it would not, with a token. */
const MAX_PAGE_CHARACTERS = 4_000_000;

/** Rows of one request to the index: a page of a thousand, and whether there is another. */
const MAX_INDEX_PAGE = 1001;

/** What orders versions that the clauses asked for leave equal. */
const TIE_BREAKERS = [by('name'), by('version_number', true)];

/** The order of the index. */
const STANDARD_ORDER = [by('last_updated_timestamp', true), ...TIE_BREAKERS];

interface Found extends Searchable {
  readonly version: ModelVersion;
}

/**
 * Versions that match a filter, the last updated first. Filters by run, by name or by a name's beginning
 * read just their partitions, strongly consistent: a trainer sees the version that it registered. Others
 * read an index, in its order only as far as the page goes.
 */
export async function searchModelVersions(
  input: SearchInput,
): Promise<{ model_versions: object[]; next_page_token?: string }> {
  const limit = pageSize(input.max_results, MAX_SIZE, MAX_SIZE);
  const { filter, prompts } = aboutPrompts(
    parseFilter(input.filter).map((one) => withoutEmpty(checkComparison(one, VERSION_FIELDS))),
  );
  const asked = parseOrderBy(input.order_by ?? [], VERSION_ORDER_FIELDS);
  const wanted = (item: Found) => matches(item, filter) && (prompts || !isPrompt(item.version));
  const order = asked.length > 0 ? fullOrder(asked, TIE_BREAKERS) : STANDARD_ORDER;
  const partition = partitionOf(filter) ?? (await partitionOfPrefix(filter));
  const { items, next } =
    partition || !isStandard(order)
      ? page(await collect(partition ?? everyVersion(), wanted), order, limit, input.page_token)
      : await indexPage(wanted, filter.length > 0 ? 4 : 1, limit, input.page_token);
  return answer(items, order, next);
}

/** An empty text in a list names no run, as in MLflow, whereas `run_id = ''` finds versions without one. */
const withoutEmpty = (comparison: CheckedComparison): CheckedComparison =>
  Array.isArray(comparison.value)
    ? { ...comparison, value: comparison.value.filter((one) => one !== '') }
    : comparison;

/** Cuts a page that would be too large. */
function answer(items: readonly Found[], order: readonly Clause[], next: string | undefined) {
  const model_versions: object[] = [];
  let size = 0;
  for (const [i, { version }] of items.entries()) {
    const wire = toListedVersion(version);
    size += JSON.stringify(wire).length;
    const last = items[i - 1];
    if (size > MAX_PAGE_CHARACTERS && last) {
      return { model_versions, next_page_token: toPageToken(sortValues(last, order)) };
    }
    model_versions.push(wire);
  }
  return { model_versions, ...(next && { next_page_token: next }) };
}

const toFound = (version: ModelVersion): Found => ({
  version,
  tags: version.tags,
  attributes: {
    name: version.name,
    version_number: version.version,
    run_id: version.run_id ?? '',
    source_path: version.source,
    creation_timestamp: version.creation_timestamp,
    last_updated_timestamp: version.last_updated_timestamp,
  },
});

/** The partitions that a filter confines a search to, if it does. */
function partitionOf(
  filter: readonly CheckedComparison[],
): AsyncGenerator<ModelVersion> | undefined {
  const runs = demanded(filter, 'run_id');
  if (runs && !runs.includes('')) return versionsOf(runs, versionsOfRun);
  const names = demanded(filter, 'name');
  return names && versionsOf(names, listVersions);
}

/** Models whose versions are read model by model; the versions of more are read by the index. */
const MAX_MODELS_OF_PREFIX = 100;
const MODELS_AT_ONCE = 16;

/** The partitions of the models whose names begin as a filter demands, when they are few. */
async function partitionOfPrefix(
  filter: readonly CheckedComparison[],
): Promise<AsyncGenerator<ModelVersion> | undefined> {
  const prefix = demandedPrefix(filter, 'name');
  if (prefix === undefined) return undefined;
  const { models, more } = await listModelsFrom(prefix, undefined, MAX_MODELS_OF_PREFIX);
  return more ? undefined : versionsTogether(models.map(({ name }) => name));
}

async function* versionsTogether(names: readonly string[]): AsyncGenerator<ModelVersion> {
  for (let start = 0; start < names.length; start += MODELS_AT_ONCE) {
    const some = names.slice(start, start + MODELS_AT_ONCE);
    const read = some.map((name) => listVersionsBelow(name, undefined));
    for (const [i, { versions, more }] of (await Promise.all(read)).entries()) {
      if (more) yield* listVersions(some[i] ?? '');
      else yield* versions;
    }
  }
}

async function* versionsOf(
  keys: readonly string[],
  read: (key: string) => AsyncIterable<ModelVersion> | Promise<ModelVersion[]>,
): AsyncGenerator<ModelVersion> {
  for (const key of keys) yield* await read(key);
}

const everyVersion = () => listRecent(undefined, MAX_INDEX_PAGE);

async function collect(
  versions: AsyncIterable<ModelVersion>,
  wanted: (item: Found) => boolean,
): Promise<Found[]> {
  const found: Found[] = [];
  for await (const version of versions) {
    const item = toFound(version);
    if (wanted(item)) found.push(item);
  }
  return found;
}

const isStandard = (order: readonly Clause[]) =>
  order.length === STANDARD_ORDER.length &&
  STANDARD_ORDER.every(({ key, descending }, i) => {
    const given = order[i];
    return given?.entity === 'attribute' && given.key === key && given.descending === descending;
  });

/** A page in the order of the index, read from where the page before it ended. */
async function indexPage(
  wanted: (item: Found) => boolean,
  factor: number,
  limit: number,
  token: string | undefined,
): Promise<{ items: Found[]; next?: string }> {
  const items: Found[] = [];
  // A filter lets through a part of what is read: larger bites, fewer of them.
  const bite = factor * (limit + 1);
  for await (const version of listRecent(placeOf(token), Math.min(bite, MAX_INDEX_PAGE))) {
    const item = toFound(version);
    if (!wanted(item)) continue;
    const last = items.at(-1);
    if (items.length === limit && last) {
      return { items, next: toPageToken(sortValues(last, STANDARD_ORDER)) };
    }
    items.push(item);
  }
  return { items };
}

function placeOf(token: string | undefined): string | undefined {
  const last = fromPageToken<Searchable>(token, ({ attributes }) => attributes !== undefined);
  if (!last) return undefined;
  const { name, version_number: version, last_updated_timestamp: updated } = last.attributes;
  return recencyOf({
    name: String(name),
    version: Number(version),
    last_updated_timestamp: Number(updated),
  });
}
