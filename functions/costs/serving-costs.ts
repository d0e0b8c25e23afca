import {
  dollarsOf,
  type Metered,
  meterRequest,
  readNewestRequests,
  windowsDownFrom,
} from '../monitoring/index.ts';
import { type Endpoint, getLive, logGranularity, seriesOf } from '../serving/index.ts';
import { windowAt } from '../shared/time-window.ts';

/** Epoch milliseconds. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** The log is read for it, the newest first: an answer may take 29 s. */
const MAX_REQUESTS = 100_000;
const DAY = 86_400_000;

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

/** Windows of the log, the newest first. Windows that nobody watches are days. */
async function* windowsOf(endpoint: Endpoint, { from, to }: Period) {
  const monitor = (await getLive(endpoint.name))?.monitor;
  const granularity = logGranularity(monitor);
  const series = seriesOf(endpoint.id, granularity);
  const first = windowAt(Math.max(from, monitor ? 0 : endpoint.createdAt), granularity).id;
  if (monitor) {
    for await (const { window } of windowsDownFrom(series, windowAt(to, granularity).id)) {
      if (window < first) return;
      yield { series, window };
    }
    return;
  }
  for (let day = to; windowAt(day, granularity).id >= first; day -= DAY) {
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
