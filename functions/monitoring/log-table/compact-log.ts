import { type LogRow, readLogPayload } from '../../serving/index.ts';
import { windowAt } from '../../shared/time-window.ts';
import { readWindowLog } from '../inference-log-store.ts';
import type { LabelledRequest } from '../windows/labels-evaluation.ts';
import { writeTableFile } from './log-table-store.ts';
import type { Span } from './span.ts';
import { toParquet, toTableRow } from './to-parquet.ts';

/** Payloads of more than 8 KB are objects of their own, read side by side. */
const CONCURRENCY = 32;

/**
 * Writes one file for each day of the span that has requests, from the log itself: whoever repeats
 * it, or comes back after a crash, replaces the same files by the same rows and labels that came since.
 * Answers the keys.
 */
export async function compactSpan(endpoint: string, series: string, span: Span): Promise<string[]> {
  const granularity = series.slice(series.indexOf(':') + 1);
  const days = Map.groupBy(await readSpan(series, span, granularity), ({ row }) => dayOf(row));
  const keys: string[] = [];
  for (const [day, requests] of days) {
    const sorted = requests.toSorted((a, b) =>
      a.row.databricksRequestId < b.row.databricksRequestId ? -1 : 1,
    );
    const file = toParquet(sorted.map(toTableRow));
    keys.push(await writeTableFile({ endpoint, day, series }, file));
  }
  return keys;
}

/** Day of the event, else of the arrival, UTC. */
const dayOf = ({ eventTime, timestampMs }: LogRow) =>
  new Date(eventTime ?? timestampMs).toISOString().slice(0, 10);

async function readSpan(
  series: string,
  span: Span,
  granularity: string,
): Promise<LabelledRequest[]> {
  const found: LabelledRequest[] = [];
  for (let time = span.start; time < span.end; ) {
    const window = windowAt(time, granularity);
    const log = await readWindowLog(series, window.id);
    const labels = new Map(log.labels.map((label) => [label.identity, label]));
    const rows = log.requests.values();
    const work = async () => {
      for (const row of rows) {
        const label = labels.get(row.clientRequestId ?? row.databricksRequestId);
        found.push({ row, label, payload: await readLogPayload(row) });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    time = window.end;
  }
  return found;
}
