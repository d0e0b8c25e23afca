import { windowsDownFrom } from '../windows/window-store.ts';
import { compactSpan } from './compact-log.ts';
import { compactedUntil, saveCompactedUntil } from './log-table-store.ts';
import { type Span, spanOf } from './span.ts';
import { markSpan, saveWritten } from './span-store.ts';

interface WindowNotice {
  readonly endpoint: string;
  readonly series: string;
  readonly kind: 'inputs' | 'labels';
  readonly window: string;
  readonly end: string;
}

/**
 * Reacts to a window that is complete: writes the spans that have ended and are not in the table yet, the oldest
 * first. Rows that come late for a span in the table mark it; `renewSpans` writes it again.
 */
export async function followWindow(
  notice: WindowNotice,
  { clock }: { readonly clock: () => number },
): Promise<void> {
  const { endpoint, series, window, end } = notice;
  const granularity = series.slice(series.indexOf(':') + 1);
  const until = (await compactedUntil(series)) ?? Number.NEGATIVE_INFINITY;
  const own = spanOf(Date.parse(window), granularity);
  if (own.end <= until) {
    await markSpan({ endpoint, series, ...own });
    return;
  }
  const spans = new Map<number, Span>();
  for await (const earlier of windowsDownFrom(series, window)) {
    const span = spanOf(Date.parse(earlier.window), granularity);
    if (span.end <= until) break;
    if (span.end <= Date.parse(end)) spans.set(span.start, span);
  }
  for (const span of [...spans.values()].sort((a, b) => a.start - b.start)) {
    const now = clock();
    await compactSpan(endpoint, series, span);
    await saveWritten(series, span, { first: now, last: now });
    await saveCompactedUntil(series, span.end);
  }
}
