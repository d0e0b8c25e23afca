import {
  dollarsOf,
  type Metered,
  meterRequest,
  readNewestRequests,
  windowsDownFrom,
} from '../monitoring/index.ts';
import { type Endpoint, listConfigs, logGranularity, seriesOf } from '../serving/index.ts';
import { DAY_MS } from '../shared/duration.ts';
import { windowAt } from '../shared/time-window.ts';

/** Epoch milliseconds. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** The log is read for it, the newest first: an answer may take 29 s. */
const MAX_REQUESTS = 100_000;

const NOTHING: Metered = { requests: 0, predictions: 0, write_units: 0, gb_seconds: 0, puts: 0 };

/** What requests to endpoints cost, in all and by version; `model` counts those it answered only. */
export async function servingCosts(
  endpoints: readonly Endpoint[],
  period: Period,
  model?: string,
  maximum = MAX_REQUESTS,
) {
  const versions = new Map<string, { model: string; version: string; metered: Metered }>();
  let all = NOTHING;
  let read = 0;
  let truncated = false;
  for (const endpoint of endpoints) {
    for await (const { series, window } of windowsOf(endpoint, period)) {
      if (read >= maximum) {
        truncated = true;
        break;
      }
      const { requests, more } = await readNewestRequests(series, window, maximum - read);
      read += requests.length;
      for (const row of requests) {
        if (model !== undefined && row.model !== model) continue;
        const metered = meterRequest(row);
        all = add(all, metered);
        if (row.model === undefined || row.version === undefined) continue;
        const name = JSON.stringify([row.model, row.version]);
        const sum = versions.get(name)?.metered ?? NOTHING;
        versions.set(name, {
          model: row.model,
          version: row.version,
          metered: add(sum, metered),
        });
      }
      if (more) {
        truncated = true;
        break;
      }
    }
  }
  return {
    ...describe(all),
    versions: [...versions.values()].map(({ metered, ...version }) => ({
      ...version,
      ...describe(metered),
    })),
    truncated,
  };
}

interface LogWindow {
  readonly series: string;
  readonly window: string;
}

/** Windows of the log, the newest first, of every length that it was ever cut into. */
async function* windowsOf(endpoint: Endpoint, period: Period): AsyncGenerator<LogWindow> {
  const unwatched = (await listConfigs(endpoint)).some(({ config }) => !config.monitor);
  const sources = endpoint.granularities.map((granularity) =>
    watchedWindows(seriesOf(endpoint.id, granularity), granularity, period),
  );
  if (unwatched) sources.push(unwatchedDays(endpoint, period));
  const heads = await Promise.all(sources.map((source) => source.next()));
  const seen = new Set<string>();
  for (;;) {
    const newest = heads.reduce<number | undefined>((best, { done, value }, i) => {
      if (done) return best;
      const other = best === undefined ? undefined : heads[best]?.value;
      return other && other.window >= value.window ? best : i;
    }, undefined);
    if (newest === undefined) return;
    const { value } = heads[newest] ?? {};
    const next = await sources[newest]?.next();
    if (next) heads[newest] = next;
    // A day that was watched for a part of it comes twice.
    const name = JSON.stringify([value?.series, value?.window]);
    if (value && !seen.has(name)) {
      seen.add(name);
      yield value;
    }
  }
}

async function* watchedWindows(
  series: string,
  granularity: string,
  { from, to }: Period,
): AsyncGenerator<LogWindow, undefined> {
  const first = windowAt(from, granularity).id;
  for await (const { window } of windowsDownFrom(series, windowAt(to, granularity).id)) {
    if (window < first) return;
    yield { series, window };
  }
}

/** Windows that nobody watches are days, by the time of arrival. */
async function* unwatchedDays(
  { id, createdAt }: Endpoint,
  { from, to }: Period,
): AsyncGenerator<LogWindow, undefined> {
  const granularity = logGranularity(undefined);
  const series = seriesOf(id, granularity);
  const first = windowAt(Math.max(from, createdAt), granularity).id;
  for (let day = to; windowAt(day, granularity).id >= first; day -= DAY_MS) {
    yield { series, window: windowAt(day, granularity).id };
  }
}

const add = (a: Metered, b: Metered): Metered => ({
  requests: a.requests + b.requests,
  predictions: a.predictions + b.predictions,
  write_units: a.write_units + b.write_units,
  gb_seconds: a.gb_seconds + b.gb_seconds,
  puts: a.puts + b.puts,
});

function describe(metered: Metered) {
  const usd = dollarsOf(metered);
  return {
    ...metered,
    usd,
    usd_per_million_predictions:
      metered.predictions === 0 ? null : (usd / metered.predictions) * 1e6,
  };
}
