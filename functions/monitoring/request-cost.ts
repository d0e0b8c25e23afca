import { type LogRow, servingFunctions } from '../serving/index.ts';
import { PRICES } from '../shared/price-list.ts';

/** What logged requests consumed, in the units that AWS bills. */
export interface Metered {
  readonly requests: number;
  /** Rows that were scored. */
  readonly predictions: number;
  readonly write_units: number;
  readonly gb_seconds: number;
  readonly puts: number;
}

const gigabytes = (fn: 'serving-invoke' | 'serving-python') => servingFunctions[fn].memoryMb / 1024;

/** What a row of the log holds besides its payload, in bytes. */
const COLUMNS_BYTES = 500;

/**
 * What a logged request consumed: the API call, the function's time, and its row. With sampling it also stands
 * for the requests that are not logged, each of which costs one write that counts it. A model in Python
 * takes the time of two functions: its own, and of the one that waits for it.
 */
export function meterRequest(row: LogRow): Metered {
  const bytes = COLUMNS_BYTES + (row.payload?.length ?? 0);
  const indexes = row.clientRequest === undefined ? 0 : 1;
  const weight = 1 / row.samplingFraction;
  const gbMs =
    (row.queued ? 0 : row.executionTimeMs + (row.besidesMs ?? 0)) * gigabytes('serving-invoke') +
    (row.pythonMs ?? 0) * gigabytes('serving-python');
  return {
    requests: weight,
    predictions: row.statusCode === 200 ? row.rows * weight : 0,
    write_units: Math.ceil(bytes / 1024) + indexes + (weight - 1),
    gb_seconds: (gbMs / 1000) * weight,
    // Of a queued request its body and its answer.
    puts: (row.payloadKey === undefined ? 0 : 1) + (row.queued ? 2 : 0),
  };
}

/** Dollars at list prices. */
export const dollarsOf = (metered: Metered): number =>
  metered.requests * PRICES.request +
  metered.gb_seconds * PRICES.gbSecond +
  metered.write_units * PRICES.writeUnit +
  metered.puts * PRICES.put;
