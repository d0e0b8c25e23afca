import type { DynamoDBRecord } from 'aws-lambda';
import { getLive } from '../../serving/index.ts';
import { openUntil } from './open-until.ts';
import { spanOf } from './span.ts';
import { noteArrival } from './span-store.ts';

interface Arrivals {
  readonly endpoint: string;
  readonly series: string;
  readonly window: string;
}

/** Spans that this process has noted, with their ends: while a span lasts, one note of it is enough. */
const told = new Map<string, number>();

/**
 * Notes the days in which requests without an event time came to endpoints without monitoring. No window closes
 * for these, so their days are complete when they are over by the wall clock (`open-spans.ts`).
 */
export async function noteArrivals(
  records: readonly DynamoDBRecord[],
  { clock }: { readonly clock: () => number },
): Promise<void> {
  for (const arrivals of arrivalsIn(records)) {
    const { endpoint, series, window } = arrivals;
    const now = clock();
    const known = `${series} ${window}`;
    if ((told.get(known) ?? Number.NEGATIVE_INFINITY) > now) continue;
    if ((await getLive(endpoint))?.monitor !== undefined) continue;
    const span = spanOf(Date.parse(window), granularityOf(series));
    await noteArrival({ endpoint, series, ...span, expiresAt: openUntil(now) });
    for (const [one, end] of told) if (end <= now) told.delete(one);
    told.set(known, span.end);
  }
}

const granularityOf = (series: string) => series.slice(series.indexOf(':') + 1);

function arrivalsIn(records: readonly DynamoDBRecord[]): Iterable<Arrivals> {
  const found = new Map<string, Arrivals>();
  for (const { eventName, dynamodb } of records) {
    const row = dynamodb?.NewImage ?? {};
    const [series, endpoint, window] = [row.series?.S, row.endpoint?.S, row.window?.S];
    if (eventName !== 'INSERT' || row.type?.S !== 'log' || row.eventTime?.N !== undefined) continue;
    if (series && endpoint && window)
      found.set(`${series} ${window}`, { series, endpoint, window });
  }
  return found.values();
}
