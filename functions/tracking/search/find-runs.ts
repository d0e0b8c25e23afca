import {
  type CheckedComparison,
  compareRows,
  type OrderClause,
  type SortValues,
  TopRows,
} from '../../search/index.ts';
import { chunksOf } from '../../shared/chunks.ts';
import { withFreshListing } from '../../shared/segments/index.ts';
import { detailsOf, type RunDetails } from '../runs/describe-run.ts';
import type { Run } from '../runs/run.ts';
import { loadRuns } from '../runs/run-store.ts';
import type { Segment } from '../segments/segment.ts';
import type { SegmentEntry } from '../segments/segment-store.ts';
import { askToSettle } from '../segments/settled-run-store.ts';
import type { Restaging } from '../segments/stage-mark.ts';
import { isInView, type ViewType } from '../view-type.ts';
import { fieldOf, matches, usesMore } from './run-fields.ts';
import { type ListedSegment, listRuns, type RunListing } from './run-listing.ts';
import { matchingRows, orderedRows } from './segment-search.ts';

interface RunQuery {
  readonly experimentIds: readonly string[];
  readonly filter: readonly CheckedComparison[];
  readonly view: ViewType | undefined;
  /** A total order: it ends with the start, newest first, and the id. */
  readonly order: readonly OrderClause[];
  /** Whether it begins with them, too. */
  readonly newestFirst: boolean;
  /** Values of the last run of the page before. */
  readonly after: SortValues | undefined;
  readonly limit: number;
}

/** Where a found run is: a row of a segment, a head that was read, or all of the run. */
export type RunPlace =
  | { readonly segment: Segment; readonly row: number; readonly by: Restaging | undefined }
  | { readonly run: Run }
  | { readonly details: RunDetails };

export interface FoundRun {
  readonly values: SortValues;
  readonly item: RunPlace;
}

/** Fresh runs that are read together. */
const BATCH = 200;

/** Segments that are opened together when the newest may be enough. */
const SEGMENTS_AT_ONCE = 2;

/** Fresh runs, read or merely listed, from which on a search asks for them to be settled: the next will be faster. */
const MANY = { read: 128, listed: 1000 };

/** The first runs of a search in its order, `limit` at most. */
export const findRuns = (query: RunQuery): Promise<readonly FoundRun[]> =>
  withFreshListing(() => findOnce(query));

async function findOnce(query: RunQuery): Promise<readonly FoundRun[]> {
  const { order, limit } = query;
  const top = new TopRows<RunPlace>(limit, order, (a, b) => compareRows(a, b, order));
  for (const experimentId of new Set(query.experimentIds)) {
    const listing = await listRuns(experimentId);
    const damaged = await searchSegments(query, listing, top);
    const read = await searchFresh(query, listing, damaged, top);
    if (read > MANY.read || listing.fresh.length > MANY.listed) await askToSettle(experimentId);
  }
  return top.sorted();
}

/** Returns the runs of damaged segments. */
async function searchSegments(
  query: RunQuery,
  listing: RunListing,
  top: TopRows<RunPlace>,
): Promise<string[]> {
  const damaged: string[] = [];
  const { entries } = listing;
  const step = query.newestFirst ? SEGMENTS_AT_ONCE : entries.length;
  for (let at = 0; at < entries.length; at += step) {
    const batch = entries.slice(at, at + step).filter((entry) => reaches(query, entry));
    if (batch[0] && query.newestFirst && top.fullBefore([batch[0].newest, ''])) break;
    for (const opened of await listing.open(batch)) {
      if ('damaged' in opened) damaged.push(...opened.damaged);
      else {
        const mask = matchingRows(opened, query.filter, query.view);
        if (query.newestFirst) skipBefore(opened.segment, mask, query.after);
        offerRows(query, opened, mask, top);
      }
    }
  }
  return damaged;
}

/** Whether a segment can hold runs behind the last page, in the order of the list. */
const reaches = ({ newestFirst, after }: RunQuery, { oldest }: SegmentEntry) =>
  !newestFirst || !after || oldest <= Number(after[0]);

/** Clears the rows of the pages before. */
function skipBefore(segment: Segment, mask: Uint8Array, after: SortValues | undefined): void {
  if (!after) return;
  const found = segment.find({ start_time: Number(after[0]), run_id: String(after[1]) });
  mask.fill(0, 0, found >= 0 ? found + 1 : -found - 1);
}

function offerRows(
  { order, after, newestFirst, limit }: RunQuery,
  { segment, by }: ListedSegment,
  mask: Uint8Array,
  top: TopRows<RunPlace>,
): void {
  if (newestFirst) keepFirst(mask, limit);
  orderedRows(segment, mask, order, {
    worse: (first) => top.worse(first),
    offer: (values, row) => {
      if (after && compareRows(values, after, order) <= 0) return;
      top.offer(values, { segment, row, by });
    },
  });
}

/** Rows are in the order of the list: those behind the first `limit` cannot be on the page. */
function keepFirst(mask: Uint8Array, limit: number): void {
  let left = limit;
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] !== 1) continue;
    if (left === 0) {
      mask.fill(0, row);
      return;
    }
    left -= 1;
  }
}

/** Returns how many fresh runs it had to read. */
async function searchFresh(
  query: RunQuery,
  { fresh }: RunListing,
  damaged: readonly string[],
  top: TopRows<RunPlace>,
): Promise<number> {
  const listed = new Set(fresh.map(({ run_id }) => run_id));
  const rest = damaged.filter((id) => !listed.has(id));
  await offerRuns(query, [...new Set(rest)], top);
  const { newestFirst, after } = query;
  const behind = fresh.filter(
    (run) =>
      !newestFirst || !after || compareRows([run.start_time, run.run_id], after, query.order) > 0,
  );
  const size = newestFirst ? Math.min(BATCH, query.limit) : BATCH;
  let read = 0;
  for (const batch of chunksOf(behind, size)) {
    const first = batch[0];
    if (newestFirst && first && top.fullBefore([first.start_time, first.run_id])) break;
    read += batch.length;
    await offerRuns(
      query,
      batch.map(({ run_id }) => run_id),
      top,
    );
  }
  return read;
}

async function offerRuns(
  { filter, order, after, view }: RunQuery,
  ids: readonly string[],
  top: TopRows<RunPlace>,
): Promise<void> {
  const complete = usesMore([...filter, ...order]);
  const heads = await loadRuns(ids);
  const runs = ids
    .map((id) => heads.get(id))
    .filter((run) => run !== undefined)
    .filter((run) => isInView(run.lifecycle_stage, view));
  for (const details of complete ? await detailsOf(runs) : runs.map(bare)) {
    const values = order.map(({ entity, key }) => fieldOf(details, entity, key));
    if (after && compareRows(values, after, order) <= 0) continue;
    if (matches(details, filter)) top.offer(values, complete ? { details } : { run: details.run });
  }
}

/** Metrics and inputs are read for all candidates only when filter or order ask for them. */
const bare = (run: Run): RunDetails => ({ run, metrics: [], inputs: [] });
