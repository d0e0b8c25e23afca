import { getItem, type QueryPage, queryPage } from '../shared/dynamo/index.ts';
import { BLOCKS_END, blocksFrom, endOfBlock, longestSpan, readChunk } from './metric-blocks.ts';
import { comparePoints, metricHistory } from './metric-points.ts';
import type { OpenItem } from './metric-store.ts';
import { type Metric, runPartition } from './run.ts';
import { metricsTableName, openKey } from './run-keys.ts';

export interface HistoryRange {
  /** Only points behind this one, in the order of time. */
  readonly after?: Metric;
  /** Points that are enough: there may be more of them, or fewer only at the end. */
  readonly enough?: number;
}

/** Blocks read at once when a part of the history may be enough. */
const BLOCKS_AT_ONCE = 32;

interface BlockRow {
  readonly sk: string;
  readonly points: Uint8Array;
}

/**
 * Points of one metric by time, exact duplicates once. Blocks are read in the order of their latest
 * points, from the one that can hold the first wanted point to the one behind which there are only later
 * ones: as none is longer than the longest span, that is known without an index.
 */
export async function historyOf(
  runId: string,
  metricKey: string,
  { after, enough }: HistoryRange = {},
): Promise<Metric[]> {
  const open = await getItem<OpenItem>(metricsTableName(), openKey(runId));
  if (!open) return [];
  const wanted = (point: Metric) => !after || comparePoints(point, after) > 0;
  const points = Object.values(open.chunks)
    .flatMap((chunk) => readChunk(open.pk, chunk, metricKey))
    .filter(wanted);
  const span = longestSpan(open.spans);
  let startKey: QueryPage<BlockRow>['nextKey'];
  do {
    const page: QueryPage<BlockRow> = await queryPage({
      table: metricsTableName(),
      condition: 'pk = :pk AND sk BETWEEN :from AND :end',
      values: {
        ':pk': runPartition(runId),
        ':from': blocksFrom(after?.timestamp ?? 0),
        ':end': BLOCKS_END,
      },
      ...(enough !== undefined && { limit: BLOCKS_AT_ONCE }),
      ...(startKey && { startKey }),
    });
    for (const { sk, points: chunk } of page.items) {
      for (const point of readChunk(`${open.pk} ${sk}`, chunk, metricKey)) {
        if (wanted(point)) points.push(point);
      }
    }
    startKey = page.nextKey;
    const last = page.items.at(-1);
    if (enough !== undefined && last) {
      const certain = endOfBlock(last.sk) - span;
      const before = points.filter(({ timestamp }) => timestamp < certain);
      const history = before.length > enough ? metricHistory(before, metricKey) : [];
      if (history.length > enough) return history;
    }
  } while (startKey);
  return metricHistory(points, metricKey);
}
