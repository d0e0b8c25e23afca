import {
  type CheckedComparison,
  compareRows,
  compareValues,
  holds,
  type SortValues,
  TopRows,
} from '../../search/index.ts';
import type { Column } from '../../shared/columns/index.ts';
import { isHiddenPrompt, PROMPT_TAG } from '../prompt.ts';
import { type FoundVersion, toFound } from '../search/found-version.ts';
import { type Clause, fieldOf, matches } from '../search/searchable.ts';
import type { ModelVersion } from '../versions/model-version.ts';
import { type ListedSegment, openCatalogue } from './open-catalogue.ts';
import type { VersionSegment } from './version-segment.ts';

interface VersionQuery {
  readonly filter: readonly CheckedComparison[];
  /** Whether versions of prompts count. */
  readonly prompts: boolean;
  /** A total order. */
  readonly order: readonly Clause[];
  /** Values of the last version of the page before. */
  readonly after: SortValues | undefined;
  readonly limit: number;
}

type Place = { readonly segment: VersionSegment; readonly row: number } | ModelVersion;

/** The first versions of a search in its order, `limit` at most. */
export async function findVersions(query: VersionQuery): Promise<FoundVersion[]> {
  const { order, limit, after, filter, prompts } = query;
  const { fresh, segments } = await openCatalogue();
  const top = new TopRows<Place>(limit, order, (a, b) => compareRows(a, b, order));
  const hidden = prompts ? new Set<string>() : promptNames(fresh, segments);
  for (const version of fresh) {
    const item = toFound(version);
    if (!matches(item, filter) || hidden.has(version.name)) continue;
    const values = order.map(({ entity, key }) => fieldOf(item, entity, key));
    if (!after || compareRows(values, after, order) > 0) top.offer(values, version);
  }
  // The latest hold what is newest, which is asked for most often.
  for (const listed of segments.toReversed()) offerRows(listed, query, hidden, top);
  return top
    .sorted()
    .map(({ item }) => toFound('segment' in item ? item.segment.version(item.row) : item));
}

/** MLflow takes a name for a prompt's when any of its versions is tagged as one. */
function promptNames(
  fresh: readonly ModelVersion[],
  segments: readonly ListedSegment[],
): Set<string> {
  const names = new Set(fresh.filter(isHiddenPrompt).map(({ name }) => name));
  for (const { segment, live } of segments) {
    const column = segment.column(`t.${PROMPT_TAG}`);
    if (!column) continue;
    const mask = live.slice();
    column.keep(mask, (value) => value === 'true', false);
    const name = segment.column('a.name');
    for (let row = 0; row < mask.length; row++) {
      if (mask[row] === 1) names.add(String(name?.at(row)));
    }
  }
  return names;
}

function offerRows(
  listed: ListedSegment,
  query: VersionQuery,
  hidden: ReadonlySet<string>,
  top: TopRows<Place>,
): void {
  const { order, after } = query;
  const { segment } = listed;
  if (isOutside(segment, query, top)) return;
  const mask = matchingRows(listed, query, hidden);
  if (!mask) return;
  const columns = order.map(({ entity, key }) => columnOf(segment, entity, key));
  const [first] = columns;
  const descending = order[0]?.descending === true;
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] !== 1) continue;
    const value = first?.at(row);
    if (top.worse(value) || (after && compareValues(value, after[0], descending) < 0)) continue;
    const values = columns.map((column) => column?.at(row));
    if (!after || compareRows(values, after, order) > 0) top.offer(values, { segment, row });
  }
}

/** Whether all rows of a segment come before the page, or behind the best that were found. */
function isOutside(
  segment: VersionSegment,
  { order: [first], after }: VersionQuery,
  top: TopRows<Place>,
): boolean {
  const range = first && segment.range(columnName(first.entity, first.key));
  if (!range) return false;
  const { descending } = first;
  const { least, greatest } = range;
  if (top.worse(descending ? greatest : least)) return true;
  return (
    after !== undefined && compareValues(descending ? least : greatest, after[0], descending) < 0
  );
}

/** Rows of a segment that are asked for: 1, the others: 0; undefined when there are none. */
function matchingRows(
  { segment, live }: ListedSegment,
  { filter }: VersionQuery,
  hidden: ReadonlySet<string>,
): Uint8Array | undefined {
  const mask = live.slice();
  if (hidden.size > 0) {
    segment.column('a.name')?.keep(mask, (value) => !hidden.has(String(value)), true);
  }
  for (const comparison of filter) {
    if (!mask.includes(1)) return undefined;
    const { entity, key } = comparison;
    const column = columnOf(segment, entity, key);
    const missing = holds(comparison, entity === 'attribute' && key === 'run_id' ? '' : undefined);
    if (column) column.keep(mask, (value) => holds(comparison, value), missing);
    else if (!missing) return undefined;
  }
  return mask;
}

const NUMBERS: Readonly<Record<string, string>> = {
  version_number: 'n.version',
  creation_timestamp: 'n.creation_timestamp',
  last_updated_timestamp: 'n.last_updated_timestamp',
};

const columnOf = (segment: VersionSegment, entity: string, key: string): Column | undefined =>
  segment.column(columnName(entity, key));

function columnName(entity: string, key: string): string {
  if (entity === 'tag') return `t.${key}`;
  return NUMBERS[key] ?? `a.${key === 'source_path' ? 'source' : key}`;
}
