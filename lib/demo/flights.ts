import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ROOT } from '../build/paths.ts';

/** Hours between the last delay that a prediction may know of and the departure it is for. */
const KNOWN_HOURS_AHEAD = 4;

/**
 * A delay counts up to an hour, so that an hour after its schedule everything counted about a flight is
 * certain, though it may not have left yet.
 */
const LONGEST_DELAY_MINUTES = 60;

/** Changes with the queries below: files of an older definition are not taken for today's. */
const DEFINITION = 2;

/** A flight is late when it departs more than this after its schedule. */
const LATE_MINUTES = 15;

/** One day of flights, ready to be trained on or asked about. */
export interface FlightDay {
  /** `2001-01-31`. */
  readonly day: string;
  readonly file: string;
  readonly rows: number;
}

/** Columns of a day file that a request carries; the label comes later. */
export const REQUEST_COLUMNS = [
  'scheduled_departure',
  'hour',
  'day_of_week',
  'distance',
  'origin',
  'destination',
  'origin_late_3h',
  'origin_late_24h',
  'origin_delay_3h',
  'origin_flights_3h',
  'destination_late_3h',
  'destination_late_24h',
  'network_late_3h',
  'network_late_24h',
] as const;

/**
 * Builds the day files of the first half of 2001 from real US flights (package vega-datasets; Bureau
 * of Transportation Statistics). `share` of 1 keeps every flight, less a sample by id; what is known
 * about airports is always reckoned from all flights. Files that are there already are kept.
 */
export async function prepareFlights(options: {
  readonly folder: string;
  readonly share: number;
}): Promise<FlightDay[]> {
  const target = join(options.folder, `definition-${DEFINITION}`, `share-${options.share}`);
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '2GB' });
  const connection = await instance.connect();
  try {
    if (!(await isBuilt(connection, target))) await build(connection, target, options.share);
    return await listDays(connection, target);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function isBuilt(connection: DuckDBConnection, folder: string): Promise<boolean> {
  const found = await connection.runAndReadAll(
    `SELECT count(*) AS n FROM glob('${folder}/*/*.parquet')`,
  );
  return Number(found.getRowObjectsJson()[0]?.n) > 0;
}

async function build(connection: DuckDBConnection, target: string, share: number): Promise<void> {
  const source = join(ROOT, 'node_modules/vega-datasets/data/flights-3m.parquet');
  const unfinished = `${target}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  await connection.run(`
    CREATE TABLE flight AS
      SELECT row_number() OVER () AS flight_id, date AS scheduled_departure, origin, destination,
        distance::INTEGER AS distance, (delay > ${LATE_MINUTES})::INTEGER AS late,
        least(greatest(delay, 0), ${LONGEST_DELAY_MINUTES})::INTEGER AS delay,
        (epoch(date)::BIGINT // 3600)::INTEGER AS departure_hour
      FROM '${source}' WHERE date < TIMESTAMP '2001-07-01';
    CREATE TABLE at_origin AS ${trailing('origin')};
    CREATE TABLE at_destination AS ${trailing('destination')};
    CREATE TABLE at_all AS ${trailing("'all'")};`);
  // One file a day: one writer, which writes no part of a day before all of it is there.
  await connection.run('SET threads = 1; SET partitioned_write_flush_threshold = 4000000');
  await connection.run(`
    COPY (
      SELECT f.flight_id, f.scheduled_departure, extract('hour' FROM f.scheduled_departure)::INTEGER AS hour,
        isodow(f.scheduled_departure)::INTEGER AS day_of_week, f.distance, f.origin, f.destination,
        o.late_3h AS origin_late_3h, o.late_24h AS origin_late_24h, o.delay_3h AS origin_delay_3h,
        o.flights_3h AS origin_flights_3h, d.late_3h AS destination_late_3h,
        d.late_24h AS destination_late_24h, a.late_3h AS network_late_3h, a.late_24h AS network_late_24h,
        f.late, strftime(f.scheduled_departure, '%Y-%m-%d') AS day
      FROM flight f
      JOIN at_origin o ON o.place = f.origin AND o.departure_hour = f.departure_hour
      JOIN at_destination d ON d.place = f.destination AND d.departure_hour = f.departure_hour
      JOIN at_all a ON a.departure_hour = f.departure_hour
      WHERE hash(f.flight_id) % 10000 < ${Math.round(share * 10_000)}
      ORDER BY f.scheduled_departure, f.flight_id
    ) TO '${unfinished}' (FORMAT parquet, PARTITION_BY (day));`);
  renameSync(unfinished, target);
}

/**
 * Sums at every hour in which a place has flights, over the hours whose flights are certain at the
 * cut-off: their last one was due an hour before it at the latest.
 */
function trailing(place: string): string {
  const newest = KNOWN_HOURS_AHEAD + LONGEST_DELAY_MINUTES / 60 + 1;
  const over = (hours: number) =>
    `OVER (PARTITION BY place ORDER BY departure_hour RANGE BETWEEN ${newest + hours - 1} PRECEDING AND ${newest} PRECEDING)`;
  const ratio = (sum: string, hours: number) =>
    `round(sum(${sum}) ${over(hours)} / sum(flights) ${over(hours)}, 4)::FLOAT`;
  return `
    SELECT place, departure_hour, ${ratio('late', 3)} AS late_3h, ${ratio('late', 24)} AS late_24h,
      ${ratio('delay', 3)} AS delay_3h, coalesce(sum(flights) ${over(3)}, 0)::INTEGER AS flights_3h
    FROM (
      SELECT ${place} AS place, departure_hour, count(*) AS flights, sum(late) AS late, sum(delay) AS delay
      FROM flight GROUP BY ALL)`;
}

async function listDays(connection: DuckDBConnection, folder: string): Promise<FlightDay[]> {
  const found = await connection.runAndReadAll(`
    SELECT file_name AS file, num_rows AS n FROM parquet_file_metadata('${folder}/*/*.parquet')
    ORDER BY file_name`);
  return found.getRowObjectsJson().map(({ file, n }) => ({
    day: /day=(\d{4}-\d\d-\d\d)/.exec(String(file))?.[1] ?? '',
    file: String(file),
    rows: Number(n),
  }));
}

/** The rows of a day, column by column as requests and labels need them. */
export class FlightReader {
  private readonly connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  static async open(): Promise<FlightReader> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    return new FlightReader(await instance.connect());
  }

  /** Rows of features in the order of `REQUEST_COLUMNS`, and their labels. */
  async read({ file }: FlightDay): Promise<{ rows: unknown[][]; labels: number[] }> {
    const columns = REQUEST_COLUMNS.map((name) =>
      name === 'scheduled_departure' ? `strftime(${name}, '%Y-%m-%dT%H:%M:%SZ')` : name,
    );
    const found = await this.connection.runAndReadAll(
      `SELECT ${columns.join(', ')}, late FROM '${file}' ORDER BY scheduled_departure, flight_id`,
    );
    const all = found.getRowsJson();
    return {
      rows: all.map((row) => row.slice(0, -1)),
      labels: all.map((row) => Number(row.at(-1))),
    };
  }

  close(): void {
    this.connection.closeSync();
  }
}
