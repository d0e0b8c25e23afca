import type { FeatureLookup } from '../policies/index.ts';
import { addDuration, parseDuration } from '../shared/duration.ts';
import { invalid } from '../shared/errors.ts';
import type { Row } from './evaluation-rows.ts';

/** A row of a table of features, from its time on (epoch milliseconds). */
interface Known {
  readonly at: number;
  readonly row: Row;
}

/**
 * The rows with the features of a table beside their own columns: of the row that has their key, and
 * where times are given of the latest that was known at the row's time, so that no model is judged by
 * what nobody knew then. What a row has itself stays; what the table lacks is the default, else null.
 * Of several rows with one key and time the last counts. Throws INVALID_PARAMETER_VALUE for tables
 * without a column that is asked for, and for values that are no times.
 */
export function lookUpFeatures(
  rows: readonly Row[],
  table: readonly Row[],
  lookup: FeatureLookup,
): Row[] {
  const keys = [lookup.lookup_key].flat();
  const { timestamp_key: at, timestamp_lookup_key: of } = lookup;
  requireColumns(
    table,
    [...keys, ...(at ? [at] : []), ...(lookup.feature_names ?? [])],
    lookup.path,
  );
  requireColumns(rows, [...keys, ...(of ? [of] : [])], 'The evaluation data');
  const names = lookup.feature_names ?? otherColumns(table, [...keys, ...(at ? [at] : [])]);
  const byKey = Map.groupBy(
    table.map((row, i): Known => ({ at: at ? timeOf(row[at], i, lookup.path) : 0, row })),
    ({ row }) => keyOf(row, keys),
  );
  for (const known of byKey.values()) known.sort((a, b) => a.at - b.at);
  const window = lookup.lookback_window && parseDuration(lookup.lookback_window);
  return rows.map((row, i) => {
    const now = of ? timeOf(row[of], i, 'The evaluation data') : 0;
    const latest = latestOf(byKey.get(keyOf(row, keys)) ?? [], now);
    const found =
      latest && (!window || latest.at >= addDuration(now, window, -1)) ? latest : undefined;
    const features = names.map((name) => [
      lookup.rename_outputs?.[name] ?? name,
      found?.row[name] ?? lookup.default_values?.[name] ?? null,
    ]);
    return { ...Object.fromEntries(features), ...row };
  });
}

function requireColumns(rows: readonly Row[], names: readonly string[], where: string): void {
  const missing = names.filter((name) => !rows.some((row) => Object.hasOwn(row, name)));
  if (missing.length > 0) {
    throw invalid(`${where} has no column ${missing.map((name) => `'${name}'`).join(', ')}`);
  }
}

const otherColumns = (table: readonly Row[], but: readonly string[]) =>
  [...new Set(table.flatMap((row) => Object.keys(row)))].filter((name) => !but.includes(name));

const keyOf = (row: Row, keys: readonly string[]) =>
  JSON.stringify(keys.map((name) => row[name] ?? null));

/** The last that is not later. */
function latestOf(known: readonly Known[], now: number): Known | undefined {
  let low = 0;
  let high = known.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((known[middle]?.at ?? now) <= now) low = middle + 1;
    else high = middle;
  }
  return known[low - 1];
}

/** Epoch milliseconds, given as such or as a date. */
function timeOf(value: unknown, index: number, where: string): number {
  const time = typeof value === 'string' ? Date.parse(value) : value;
  if (typeof time === 'number' && Number.isFinite(time)) return time;
  throw invalid(`${where}: row ${index} has the time ${JSON.stringify(value ?? null)}`);
}
