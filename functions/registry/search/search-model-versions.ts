import { fromPageToken, pageSize, toPageToken } from '../../mlflow/index.ts';
import {
  type CheckedComparison,
  checkComparison,
  parseFilter,
  parseOrderBy,
} from '../../search/index.ts';
import { findVersions } from '../catalogue/find-versions.ts';
import { isHiddenPrompt } from '../prompt.ts';
import { type ModelVersion, toListedVersion } from '../versions/model-version.ts';
import { listVersions, versionsOfRun } from '../versions/version-store.ts';
import { cutPage } from './cut-page.ts';
import { type FoundVersion, toFound } from './found-version.ts';
import { VERSION_FIELDS, VERSION_ORDER_FIELDS } from './search-fields.ts';
import type { SearchInput } from './search-registered-models.ts';
import {
  aboutPrompts,
  by,
  type Clause,
  demanded,
  fieldOf,
  fullOrder,
  matches,
  page,
  type Searchable,
  sortValues,
} from './searchable.ts';

const MAX_SIZE = 200_000;

/** Versions that an answer may hold: each takes more than 250 characters. */
const MAX_PAGE = 16_000;

/** What orders versions that the clauses asked for leave equal. */
const TIE_BREAKERS = [by('name'), by('version_number', true)];

/** MLflow's order. */
const STANDARD_ORDER = [by('last_updated_timestamp', true), ...TIE_BREAKERS];

/**
 * Versions that match a filter, the last updated first. Filters by run or by name read just their
 * partitions, strongly consistent: a trainer sees the version that it registered. Others read the
 * catalogue.
 */
export async function searchModelVersions(
  input: SearchInput,
): Promise<{ model_versions: object[]; next_page_token?: string }> {
  const limit = Math.min(pageSize(input.max_results, MAX_SIZE, MAX_SIZE), MAX_PAGE);
  const { filter, prompts } = aboutPrompts(
    parseFilter(input.filter).map((one) => checkComparison(one, VERSION_FIELDS)),
  );
  const asked = parseOrderBy(input.order_by ?? [], VERSION_ORDER_FIELDS);
  const order = asked.length > 0 ? fullOrder(asked, TIE_BREAKERS) : STANDARD_ORDER;
  const partition = partitionOf(filter);
  if (partition) {
    const found = await collect(partition, prompts);
    const wanted = found.filter((item) => matches(item, filter));
    const { items, next } = page(wanted, order, limit, input.page_token);
    return answer(items, order, next);
  }
  const after = placeOf(input.page_token, order);
  const found = await findVersions({ filter, prompts, order, after, limit: limit + 1 });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const more = last && found.length > limit;
  return answer(items, order, more ? toPageToken(sortValues(last, order)) : undefined);
}

function answer(
  items: readonly FoundVersion[],
  order: readonly Clause[],
  next: string | undefined,
) {
  const wires = items.map(({ version }) => toListedVersion(version));
  const { rows, ...token } = cutPage(items, wires, order, next);
  return { model_versions: rows, ...token };
}

/** The partitions that a filter confines a search to, if it does. */
function partitionOf(
  filter: readonly CheckedComparison[],
): AsyncGenerator<ModelVersion> | undefined {
  const runs = demanded(filter, 'run_id');
  if (runs && !runs.includes('')) return versionsOf(runs, versionsOfRun);
  const names = demanded(filter, 'name');
  return names && versionsOf(names, listVersions);
}

async function* versionsOf(
  keys: readonly string[],
  read: (key: string) => AsyncIterable<ModelVersion> | Promise<readonly ModelVersion[]>,
): AsyncGenerator<ModelVersion> {
  for (const one of keys) yield* await read(one);
}

/** All versions, but for those of names of which one is a prompt's, unless prompts are asked for. */
async function collect(
  versions: AsyncIterable<ModelVersion>,
  prompts: boolean,
): Promise<FoundVersion[]> {
  const found: FoundVersion[] = [];
  const hidden = new Set<string>();
  for await (const version of versions) {
    found.push(toFound(version));
    if (!prompts && isHiddenPrompt(version)) hidden.add(version.name);
  }
  return found.filter(({ version }) => !hidden.has(version.name));
}

/** Values of the last version of the page before, in the order of the clauses. */
function placeOf(token: string | undefined, order: readonly Clause[]) {
  const last = fromPageToken<Searchable>(token, ({ attributes }) => attributes !== undefined);
  return last && order.map(({ entity, key }) => fieldOf(last, entity, key));
}
