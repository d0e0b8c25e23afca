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

/** The earliest time to write a span again: pauses double, from a quarter of an hour up to a day. */
export const dueAt = ({ first, last }: Written): number =>
  last + Math.min(DAY_MS, Math.max(MIN_PAUSE_MS, last - first));

/**
 * Writes the spans again that were marked since they were written. The pauses between two writes of a span
 * double, from a quarter of an hour to a day. So, however many rows and labels come late, a span is written
 * about log2(t) times over the time `t` and later once a day at most, and no late row waits longer than the
 * span has existed. A mark is removed after its span is written: a run that is killed leaves it for the next.
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
