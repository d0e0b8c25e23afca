import { DAY_MS, MINUTE_MS } from '../../shared/duration.ts';
import { compactSpan } from './compact-log.ts';
import {
  getWritten,
  type MarkedSpan,
  markedSpans,
  saveWritten,
  unmarkSpan,
  type Written,
} from './span-store.ts';

const MIN_PAUSE_MS = 15 * MINUTE_MS;

/** When a span is written anew at the earliest: after as long as it has been written until then. */
export const dueAt = ({ first, last }: Written): number =>
  last + Math.min(DAY_MS, Math.max(MIN_PAUSE_MS, last - first));

/**
 * Writes the spans anew that were marked since they were written. The pauses between two writes of a
 * span double, from a quarter of an hour to a day: however many rows and labels come late, over `t` it is
 * written about log2(t) times, and at most once a day when it is older than that; and each of them is in
 * the table after at most as long as the span has been. A mark goes when its span is written, so that
 * whoever is killed leaves it.
 */
export async function renewSpans({ clock }: { readonly clock: () => number }): Promise<number> {
  let renewed = 0;
  const errors: unknown[] = [];
  for await (const span of markedSpans()) {
    try {
      if (await renewSpan(span, clock())) renewed++;
    } catch (error) {
      // One that cannot be written holds up no other.
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'Spans of the log table stay marked');
  return renewed;
}

async function renewSpan(span: MarkedSpan, now: number): Promise<boolean> {
  const { endpoint, series } = span;
  const written = await getWritten(series, span);
  if (written && now < dueAt(written)) return false;
  await compactSpan(endpoint, series, span);
  await saveWritten(series, span, { first: written?.first ?? now, last: now });
  await unmarkSpan(span);
  return true;
}
