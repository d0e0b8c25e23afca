import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FlightDay,
  FlightReader,
  prepareFlights,
  REQUEST_COLUMNS,
} from '../../../lib/demo/flights.ts';

const SOURCE = 'node_modules/vega-datasets/data/flights-3m.parquet';
const folder = mkdtempSync(join(tmpdir(), 'slipway-flights-'));
const SHARE = 0.002;
let days: FlightDay[];

beforeAll(async () => {
  days = await prepareFlights({ folder, share: SHARE });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function query(sql: string) {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('the flights of 2001', () => {
  it('are all days of six months, sampled by the share asked for', () => {
    expect(days).toHaveLength(181);
    expect(days[0]?.day).toBe('2001-01-01');
    expect(days.at(-1)?.day).toBe('2001-06-30');
    const rows = days.reduce((sum, day) => sum + day.rows, 0);
    expect(rows / 3_000_000).toBeCloseTo(SHARE, 3);
  });

  it('know four hours ahead only what could be known then', async () => {
    // What was known is worked out anew for every flight: by its own departure, from all flights whose
    // first hour after the schedule was over four hours before it.
    const differing = await query(`
      WITH flight AS (
        SELECT date AS at, origin, (delay > 15)::INTEGER AS late FROM '${SOURCE}'),
      known AS (
        SELECT f.flight_id, any_value(f.origin_late_24h) AS given, avg(p.late) AS reckoned
        FROM (SELECT * FROM '${folder}/**/*.parquet' ORDER BY flight_id LIMIT 400 OFFSET 300) f
        JOIN flight p ON p.origin = f.origin
          AND p.at < date_trunc('hour', f.scheduled_departure) - INTERVAL 5 HOUR
          AND p.at >= date_trunc('hour', f.scheduled_departure) - INTERVAL 29 HOUR
          AND p.at + INTERVAL 1 HOUR <= f.scheduled_departure - INTERVAL 4 HOUR
        GROUP BY ALL)
      SELECT count(*)::INTEGER AS flights,
        count(*) FILTER (abs(given - reckoned) > 1e-4 OR given IS NULL)::INTEGER AS different
      FROM known`);
    expect(Number(differing[0]?.flights)).toBeGreaterThan(300);
    expect(differing[0]?.different).toBe(0);
  });

  it('are late by more than fifteen minutes', async () => {
    const found = await query(`SELECT avg(late) AS late FROM '${folder}/**/*.parquet'`);
    expect(Number(found[0]?.late)).toBeGreaterThan(0.18);
    expect(Number(found[0]?.late)).toBeLessThan(0.22);
  });

  it('come as rows of requests with their labels', async () => {
    const reader = await FlightReader.open();
    const { rows, labels } = await reader.read(days[40]!);
    reader.close();
    expect(rows).toHaveLength(days[40]!.rows);
    expect(rows.every((row) => row.length === REQUEST_COLUMNS.length)).toBe(true);
    expect(rows[0]?.[0]).toMatch(/^2001-02-10T\d\d:\d\d:00Z$/);
    expect(new Set(labels)).toEqual(new Set([0, 1]));
  });

  it('are not built again', async () => {
    const written = () => days.map(({ file }) => statSync(file).mtimeMs);
    const before = written();
    expect(await prepareFlights({ folder, share: SHARE })).toEqual(days);
    expect(written()).toEqual(before);
  });
});
