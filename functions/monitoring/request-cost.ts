import type { LogRow } from '../serving/index.ts';
import { PRICES } from '../shared/price-list.ts';

/** What logged requests took of what AWS meters. */
export interface Metered {
  readonly requests: number;
  /** Rows that were scored. */
  readonly predictions: number;
  readonly write_units: number;
  readonly gb_seconds: number;
  readonly puts: number;
}

/** Memory of the function `serving-invoke`. */
const MEMORY_GB = 1;

/** What a row of the log holds besides its payload, in bytes. */
const COLUMNS_BYTES = 500;

/**
 * A logged request: its way in, the time that it took, and its row. Where only a share of the requests
 * is logged, it stands for those that are not, but for the writes.
 */
export function meterRequest(row: LogRow): Metered {
  const bytes = COLUMNS_BYTES + (row.payload?.length ?? 0);
  const indexes = row.clientRequest === undefined ? 0 : 1;
  const weight = 1 / row.samplingFraction;
  return {
    requests: weight,
    predictions: row.statusCode === 200 ? row.rows * weight : 0,
    write_units: Math.ceil(bytes / 1024) + indexes,
    gb_seconds: (row.executionTimeMs / 1000) * MEMORY_GB * weight,
    puts: row.payloadKey === undefined ? 0 : 1,
  };
}

/** Dollars at list prices. */
export const dollarsOf = (metered: Metered): number =>
  metered.requests * PRICES.request +
  metered.gb_seconds * PRICES.gbSecond +
  metered.write_units * PRICES.writeUnit +
  metered.puts * PRICES.put;
