import { DAY } from '../../shared/duration.ts';
import { spanOf } from './span.ts';
import { putOpenSpan } from './span-store.ts';

/** A span without news for so long is not looked at any more. */
const KEPT_DAYS = 90;

/** Epoch seconds until which an open span is kept, from its last news on. */
export const openUntil = (now: number): number => Math.floor((now + KEPT_DAYS * DAY) / 1000);

/** Notes that a window has its first row: until it is complete, its span is written from time to time. */
export async function noteOpenSpan(
  about: { readonly endpoint: string; readonly series: string; readonly window: string },
  { clock }: { readonly clock: () => number },
): Promise<void> {
  const { endpoint, series, window } = about;
  const granularity = series.slice(series.indexOf(':') + 1);
  const span = spanOf(Date.parse(window), granularity);
  await putOpenSpan({ endpoint, series, ...span, expiresAt: openUntil(clock()) });
}
