import { type LogPayload, type LogRow, toRequestTable } from '../../serving/index.ts';
import { psiNoiseFloor } from '../drift/chi-square.ts';
import { type ColumnCounts, countColumn, histograms, mergeCounts } from '../drift/column-counts.ts';
import {
  type Distances,
  jsDistance,
  ksOnEdges,
  lInfinityDistance,
  psi,
  tvDistance,
} from '../drift/drift.ts';
import type { Baseline, ColumnReference } from '../drift/summary.ts';
import { type Measured, PREDICTION } from './breaches.ts';
import { scoreOf } from './labels-evaluation.ts';

/** A column of a window against the baseline of the version that answered. */
export interface ColumnDrift extends Distances {
  readonly column: string;
  /** Values that are present. */
  readonly count: number;
  readonly null_share: number;
  readonly baseline_null_share: number;
  /** PSI that chance alone stays below with probability 0.99 at so many rows. */
  readonly psi_noise: number;
  /** Over the baseline's bins: the counts of windows add up. */
  readonly counts: ColumnCounts;
}

interface AnsweredRequest {
  readonly row: LogRow;
  readonly payload: LogPayload;
}

/**
 * Counts every column of the requests over the baseline's bins. Predictions count only where the
 * baseline's own version answered.
 */
export function driftOfInputs(
  requests: Iterable<AnsweredRequest>,
  baseline: Baseline,
  of: { readonly model: string; readonly version: string },
): ColumnDrift[] {
  const columns = Object.entries(baseline.columns);
  const references = new Map<string, ColumnReference>([
    ...columns,
    [PREDICTION, baseline.prediction],
  ]);
  const counts = new Map<string, ColumnCounts>();
  const add = (name: string, values: readonly unknown[]) => {
    const reference = references.get(name);
    if (!reference || values.length === 0) return;
    const counted = countColumn(reference, values);
    const before = counts.get(name);
    counts.set(name, before ? mergeCounts(before, counted) : counted);
  };
  for (const { row, payload } of requests) {
    const table = toRequestTable(payload.request);
    // Positional rows are in the order of the signature, which is that of the baseline.
    const names = table.columns ?? columns.map(([name]) => name);
    for (const [name] of columns) {
      const index = names.indexOf(name);
      add(
        name,
        table.rows.map((values) => (index < 0 ? null : values[index])),
      );
    }
    if (row.model === of.model && row.version === of.version) {
      add(PREDICTION, (payload.response.predictions ?? []).map(scoreOf));
    }
  }
  return [...references].flatMap(([column, reference]) => {
    const counted = counts.get(column);
    return counted ? columnDrift(column, reference, counted) : [];
  });
}

function columnDrift(
  column: string,
  reference: ColumnReference,
  counts: ColumnCounts,
): ColumnDrift {
  const { reference: p, current: q } = histograms(reference, counts);
  const bins = p.filter((count, i) => count > 0 || (q[i] ?? 0) > 0).length;
  const ordered =
    reference.type === 'numeric' && counts.type === 'numeric'
      ? ksOnEdges(reference.quantiles.counts, counts.quantiles)
      : null;
  return {
    column,
    count: counts.count,
    null_share: share(counts),
    baseline_null_share: share(reference),
    psi: psi(p, q),
    psi_noise: psiNoiseFloor(bins, reference.count, counts.count),
    js_distance: jsDistance(p, q),
    ks: ordered,
    tv_distance: tvDistance(p, q),
    l_infinity_distance: lInfinityDistance(p, q),
    counts,
  };
}

const share = ({ count, missing }: { count: number; missing: number }) =>
  count + missing === 0 ? 0 : missing / (count + missing);

export const measuredDrift = (drift: readonly ColumnDrift[]): Measured[] =>
  drift.map(({ column, psi_noise, ...figures }) => ({
    column,
    values: {
      psi: figures.psi,
      js_distance: figures.js_distance,
      ks: figures.ks,
      tv_distance: figures.tv_distance,
      l_infinity_distance: figures.l_infinity_distance,
      null_share: figures.null_share,
    },
    noise: { psi: psi_noise },
  }));
