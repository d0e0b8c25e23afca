import {
  type CheckedComparison,
  holds,
  type OrderClause,
  type SortValues,
} from '../../search/index.ts';
import type { Column } from '../../shared/columns/index.ts';
import type { RunInput } from '../inputs/run-input.ts';
import type { Segment } from '../segments/segment.ts';
import { deletionTime, type Restaging } from '../segments/stage-mark.ts';
import { isInView, type ViewType } from '../view-type.ts';
import { datasetHolds } from './run-fields.ts';
import type { ListedSegment } from './run-listing.ts';

/** Rows of a segment that are asked for: 1, the others: 0. */
export function matchingRows(
  { segment, live, by }: ListedSegment,
  filter: readonly CheckedComparison[],
  view: ViewType | undefined,
): Uint8Array {
  const mask = live.slice();
  if (by) {
    if (!isInView(by.mark.stage, view)) mask.fill(0);
  } else {
    segment
      .column('a.lifecycle_stage')
      ?.keep(mask, (stage) => isInView(stage === 'deleted' ? 'deleted' : 'active', view), false);
  }
  for (const comparison of filter) {
    if (by && comparison.entity === 'attribute' && comparison.key === 'deleted_time') {
      keepDeleted(segment, comparison, by, mask);
      continue;
    }
    const missing = holds(comparison, undefined);
    if (comparison.entity === 'dataset') keepDatasets(segment, comparison, mask);
    else {
      const column = columnOf(segment, comparison);
      if (column) column.keep(mask, (value) => holds(comparison, value), missing);
      else if (!missing) mask.fill(0);
    }
  }
  return mask;
}

/** The same for when runs were deleted, where their experiment's mark counts. */
function keepDeleted(
  segment: Segment,
  comparison: CheckedComparison,
  by: Restaging,
  mask: Uint8Array,
): void {
  const deleted = by.mark.stage === 'deleted';
  const missing = holds(comparison, deleted ? by.mark.time : undefined);
  const column = segment.column('n.deleted_time');
  if (deleted && column) {
    column.keep(mask, (own) => holds(comparison, deletionTime(by, Number(own))), missing);
  } else if (!missing) mask.fill(0);
}

/** The column of a field that has one value per run. */
export function columnOf(
  segment: Segment,
  { entity, key }: { readonly entity: string; readonly key: string },
): Column | undefined {
  if (entity === 'metric') return segment.column(`m.${key}`);
  if (entity === 'parameter') return segment.column(`p.${key}`);
  if (entity === 'tag') return segment.column(`t.${key}`);
  return segment.column(`a.${key}`) ?? segment.column(`n.${key}`);
}

function keepDatasets(segment: Segment, comparison: CheckedComparison, mask: Uint8Array): void {
  const column = segment.column('x.');
  if (!column) mask.fill(0);
  column?.keep(
    mask,
    (extra) => {
      const { inputs = [] } = JSON.parse(String(extra)) as { inputs?: readonly RunInput[] };
      return datasetHolds(inputs, comparison);
    },
    false,
  );
}

/**
 * The rows among the first `limit` behind `after` in the order, as the keeper sees it: `offer` is told
 * the values that order a row, and `worse` says beforehand whether a first value can still be of use.
 */
export function orderedRows(
  segment: Segment,
  mask: Uint8Array,
  order: readonly OrderClause[],
  keeper: {
    readonly worse: (first: SortValues[number]) => boolean;
    readonly offer: (values: SortValues, row: number) => void;
  },
): void {
  const columns = order.map((clause) => columnOf(segment, clause));
  const [first] = columns;
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] !== 1 || keeper.worse(first?.at(row))) continue;
    keeper.offer(
      columns.map((column) => column?.at(row)),
      row,
    );
  }
}
