import { MINUTE_MS } from '../../shared/duration.ts';
import { getSeriesState } from '../windows/window-store.ts';
import { compactSpan } from './compact-log.ts';
import { compactedUntil } from './log-table-store.ts';
import { openUntil } from './open-until.ts';
import { dueAt } from './renew-spans.ts';
import {
  deleteOpenSpan,
  endArrivals,
  type OpenSpan,
  openSpans,
  saveOpenSpan,
} from './span-store.ts';

/**
 * Writes the spans that have rows and are not complete yet, so that readers do not have to wait for the request
 * that closes a day. Each is written again while rows arrive, in the pauses of `renewSpans`; once it is complete,
 * `followWindow` writes it. Returns how many were written.
 */
export async function writeOpenSpans({ clock }: { readonly clock: () => number }): Promise<number> {
  let written = 0;
  const errors: unknown[] = [];
  for await (const span of openSpans()) {
    try {
      if (await writeOpenSpan(span, clock())) written++;
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0)
    throw new AggregateError(errors, 'Open spans of the log table stay as they are');
  return written;
}

async function writeOpenSpan(span: OpenSpan, now: number): Promise<boolean> {
  const { endpoint, series, written } = span;
  if (span.arrivals !== undefined) return writeArrivals(span, now);
  if (span.end <= ((await compactedUntil(series)) ?? Number.NEGATIVE_INFINITY)) {
    await deleteOpenSpan(span);
    return false;
  }
  if (written && now < dueAt(written)) return false;
  const { revision = 0 } = (await getSeriesState(series)) ?? {};
  if (written?.revision === revision) return false;
  await compactSpan(endpoint, series, span);
  const first = written?.first ?? now;
  await saveOpenSpan({
    ...span,
    written: { first, last: now, revision },
    expiresAt: openUntil(now),
  });
  return true;
}

/** Within this time a request is in the log and has come through the stream. */
const SETTLED_MS = 10 * MINUTE_MS;

/** A day of arrivals is complete when it is over by the wall clock: then it is written for the last time. */
async function writeArrivals(span: OpenSpan, now: number): Promise<boolean> {
  const { endpoint, series, written } = span;
  const over = now >= span.end + SETTLED_MS;
  if (!over && written && now < dueAt(written)) return false;
  await compactSpan(endpoint, series, span);
  const first = written?.first ?? now;
  if (over) await endArrivals(span);
  else {
    const revision = written?.revision ?? 0;
    await saveOpenSpan({
      ...span,
      written: { first, last: now, revision },
      expiresAt: openUntil(now),
    });
  }
  return true;
}
