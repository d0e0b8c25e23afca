import type { Int64 } from '../../mlflow/index.ts';
import { batchGet, getItem, type QueryPage, queryPage } from '../../shared/dynamo/index.ts';
import { metricsTableName, openKey } from '../keys.ts';
import { isRunId, type Metric, runPartition } from '../runs/run.ts';
import { keepHistory, keptHistory } from './history-cache.ts';
import { BLOCKS_END, blocksFrom, endOfBlock, longestSpan, readSeries } from './metric-blocks.ts';
import { firstBehind, mergeSeries, type Series, slice } from './metric-series.ts';
import type { BlockItem, OpenItem } from './metric-store.ts';
import { chunksIn } from './open-chunks.ts';

interface HistoryRange {
  /** Only points behind this one, in the order of time. */
  readonly after?: Metric;
  /** How many points are enough: the answer may have more, and has fewer only at the end of the history. */
  readonly enough?: number;
}

/** Blocks read at once when a part of the history may be enough. */
const BLOCKS_AT_ONCE = 32;

/** Points of one metric by time, exact duplicates once. */
export async function historyOf(
  runId: string,
  metricKey: string,
  range: HistoryRange = {},
): Promise<Series> {
  const open = isRunId(runId)
    ? await getItem<OpenItem>(metricsTableName(), openKey(runId))
    : undefined;
  if (!open) return mergeSeries([]);
  const chunks = [...chunksIn(open).values()];
  const fresh = chunks.map((chunk) => readSeries(open.pk, chunk, metricKey));
  const history = { runId, metricKey, open, fresh };
  const kept = await keptBlocks(history);
  if (kept || range.enough === undefined) {
    const blocks = kept ?? (await allBlocks(history));
    return behind(fresh.length > 0 ? mergeSeries([blocks, ...fresh]) : blocks, range.after);
  }
  return partOf(history, range);
}

interface History {
  readonly runId: string;
  readonly metricKey: string;
  readonly open: OpenItem;
  /** Points in OPEN. */
  readonly fresh: readonly Series[];
}

const behind = (series: Series, after: Metric | undefined): Series =>
  after ? slice(series, firstBehind(series, after), series.length) : series;

const seriesOf = ({ metricKey }: History, { pk, sk, points }: BlockItem): Series =>
  readSeries(`${pk} ${sk}`, points, metricKey);

/** Points of the blocks as they are remembered, with those of blocks that came since. */
async function keptBlocks(history: History): Promise<Series | undefined> {
  const { runId, metricKey, open } = history;
  const kept = keptHistory(runId, metricKey, open);
  if (!kept) return undefined;
  if (kept.missing.length === 0) return kept.series;
  const keys = kept.missing.map((sk) => ({ pk: open.pk, sk }));
  const blocks = await batchGet<BlockItem>(metricsTableName(), keys);
  const series = mergeSeries([kept.series, ...blocks.map((block) => seriesOf(history, block))]);
  keepHistory(runId, metricKey, open, series);
  return series;
}

async function allBlocks(history: History): Promise<Series> {
  const parts: Series[] = [];
  let startKey: QueryPage<BlockItem>['nextKey'];
  do {
    const page = await blockPage(history, { from: 0, ...(startKey && { startKey }) });
    for (const block of page.items) parts.push(seriesOf(history, block));
    startKey = page.nextKey;
  } while (startKey);
  const series = mergeSeries(parts);
  keepHistory(history.runId, history.metricKey, history.open, series);
  return series;
}

/**
 * Reads blocks in the order of their latest points, from the first that can hold a wanted point to the last. No
 * block is longer than the longest span that OPEN names, so where to begin and end is known without an index.
 */
async function partOf(history: History, { after, enough = 0 }: HistoryRange): Promise<Series> {
  const { runId, metricKey, open, fresh } = history;
  const parts: Series[] = [];
  const span = longestSpan(open.spans);
  let startKey: QueryPage<BlockItem>['nextKey'];
  let count = 0;
  do {
    const from = after?.timestamp ?? 0;
    const page = await blockPage(history, {
      from,
      limit: BLOCKS_AT_ONCE,
      ...(startKey && { startKey }),
    });
    for (const block of page.items) {
      const part = seriesOf(history, block);
      parts.push(part);
      count += part.length;
    }
    startKey = page.nextKey;
    const last = page.items.at(-1);
    if (last && startKey && count > enough) {
      const points = behind(mergeSeries([...parts, ...fresh]), after);
      const certain = before(points, endOfBlock(last.sk) - span);
      if (certain.length > enough) return certain;
    }
  } while (startKey);
  const blocks = mergeSeries(parts);
  // All blocks were read: kept, they save the next request for this metric reading them again.
  if (!after) keepHistory(runId, metricKey, open, blocks);
  return behind(fresh.length > 0 ? mergeSeries([blocks, ...fresh]) : blocks, after);
}

/** Points from before a time. */
function before(series: Series, time: number): Series {
  let end = series.length;
  while (end > 0 && (series.timestamps[end - 1] ?? 0) >= time) end -= 1;
  return slice(series, 0, end);
}

const blockPage = (
  { runId }: History,
  { from, ...more }: { from: Int64; limit?: number; startKey?: Record<string, unknown> },
): Promise<QueryPage<BlockItem>> =>
  queryPage({
    table: metricsTableName(),
    condition: 'pk = :pk AND sk BETWEEN :from AND :end',
    values: { ':pk': runPartition(runId), ':from': blocksFrom(from), ':end': BLOCKS_END },
    ...more,
  });
