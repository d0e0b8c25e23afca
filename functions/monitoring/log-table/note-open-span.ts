import { openUntil } from './open-until.ts';
import { spanOf } from './span.ts';
import { putOpenSpan } from './span-store.ts';

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
