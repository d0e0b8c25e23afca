import type { LogRow } from '../../serving/index.ts';

/** Dollars on demand in us-east-1 (AWS's price lists, November 2026). */
export const PRICES = {
  /** A request to the HTTP API and to the function. */
  request: (1.0 + 0.2) / 1e6,
  /** A GB-second of an arm64 function. */
  gbSecond: 0.0000133334,
  /** A write unit on demand: up to 1 KB. */
  writeUnit: 0.625 / 1e6,
  /** A PUT of an object. */
  put: 5 / 1e6,
};

/** Memory of the function `serving-invoke`. */
const MEMORY_GB = 1;

/** What a row holds besides its payload, in bytes. */
const COLUMNS_BYTES = 500;

/** Dollars that a logged request cost: its way in, the time that it took, and its row. */
export function costOf(row: LogRow): number {
  const bytes = COLUMNS_BYTES + (row.payload?.length ?? 0);
  const indexes = row.clientRequest === undefined ? 0 : 1;
  const units = Math.ceil(bytes / 1024) + indexes;
  return (
    PRICES.request +
    (row.executionTimeMs / 1000) * MEMORY_GB * PRICES.gbSecond +
    units * PRICES.writeUnit +
    (row.payloadKey === undefined ? 0 : PRICES.put)
  );
}
