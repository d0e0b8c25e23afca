import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Metric, Run } from '../../../functions/tracking/runs/run.ts';
import type { HttpClient } from './http-client.ts';
import type { RunningServer } from './servers.ts';

/** A finished run with 5 metrics, 5 params and 3 tags, the same on every server. */
export interface SeedRun {
  readonly run: Run;
  readonly metrics: readonly Metric[];
}

const START = 1_750_000_000_000;

function seedRun(experiment_id: string, i: number): SeedRun {
  const random = (salt: number) =>
    createHash('md5').update(`${i}/${salt}`).digest().readUInt32LE() / 2 ** 32;
  const run_id = createHash('md5').update(`${experiment_id}/${i}`).digest('hex');
  const start_time = START + i * 1000;
  const run_name = `run-${i}`;
  const metrics = Array.from({ length: 5 }, (_, m) => ({
    key: `m${m}`,
    value: random(m),
    timestamp: start_time + 500,
    step: 10,
  }));
  const params = Array.from({ length: 5 }, (_, p) => [
    `p${p}`,
    // One param of few values to filter on, one that differs in every run, others between.
    p === 0 ? `v${i % 10}` : p === 1 ? `${random(100)}` : `x${Math.floor(random(100 + p) * 100)}`,
  ]);
  const tags = Array.from({ length: 3 }, (_, t) => [`t${t}`, `tag ${i % (7 + t)}`]);
  return {
    run: {
      run_id,
      experiment_id,
      run_name,
      user_id: 'bench',
      status: 'FINISHED',
      start_time,
      end_time: start_time + 600,
      artifact_uri: `mlflow-artifacts:/${experiment_id}/${run_id}/artifacts`,
      lifecycle_stage: 'active',
      params: Object.fromEntries(params),
      tags: { ...Object.fromEntries(tags), 'mlflow.runName': run_name },
    },
    metrics,
  };
}

/** An experiment with that many runs, written past the API: what is measured is the reading. */
export async function seedExperiment(
  server: RunningServer,
  client: HttpClient,
  count: number,
): Promise<string> {
  const name = `seed-${count}-${Date.now()}`;
  const { experiment_id } = await client.call<{ experiment_id: string }>(
    'POST',
    '/api/2.0/mlflow/experiments/create',
    { name },
  );
  const runs = (i: number) => seedRun(experiment_id, i);
  if (server.name === 'slipway') {
    const { seedSlipway } = await import('./seed-slipway.ts');
    await seedSlipway(server, count, runs);
  } else seedSqlite(server, count, runs);
  return experiment_id;
}

/** Rows of MLflow's schema, which FastTrackML's tables extend. */
function seedSqlite(server: RunningServer, count: number, runs: (i: number) => SeedRun): void {
  const database = new DatabaseSync(join(server.folder, 'tracking.db'));
  database.exec('PRAGMA busy_timeout = 30000; BEGIN IMMEDIATE');
  const fast = server.name === 'fasttrackml';
  const insert = (table: string, row: Readonly<Record<string, string | number | bigint>>) =>
    statementFor(database, table, Object.keys(row)).run(...Object.values(row));
  const firstRow = fast
    ? Number(database.prepare('SELECT coalesce(max(row_num), -1) + 1 AS n FROM runs').get()?.n)
    : 0;
  const context = fast ? contextOf(database) : 0;
  for (let i = 0; i < count; i++) {
    const { run, metrics } = runs(i);
    insert('runs', {
      run_uuid: run.run_id,
      name: run.run_name,
      source_type: 'UNKNOWN',
      source_name: '',
      entry_point_name: '',
      user_id: run.user_id,
      status: run.status,
      start_time: run.start_time,
      end_time: run.end_time ?? 0,
      source_version: '',
      lifecycle_stage: 'active',
      artifact_uri: run.artifact_uri,
      experiment_id: Number(run.experiment_id),
      ...(fast && { row_num: firstRow + i }),
    });
    for (const [key, value] of Object.entries(run.params)) {
      const column = fast ? 'value_str' : 'value';
      insert('params', { key, [column]: value, run_uuid: run.run_id });
    }
    for (const [key, value] of Object.entries(run.tags)) {
      insert('tags', { key, value, run_uuid: run.run_id });
    }
    for (const { key, value, timestamp, step } of metrics) {
      const point = { key, value, timestamp, step, is_nan: 0, run_uuid: run.run_id };
      insert('metrics', { ...point, ...(fast && { iter: 1, context_id: context }) });
      insert('latest_metrics', { ...point, ...(fast && { last_iter: 1, context_id: context }) });
    }
  }
  database.exec('COMMIT');
  database.close();
}

const prepared = new WeakMap<DatabaseSync, Map<string, ReturnType<DatabaseSync['prepare']>>>();

function statementFor(database: DatabaseSync, table: string, columns: readonly string[]) {
  const known = prepared.get(database) ?? new Map();
  prepared.set(database, known);
  const names = columns.map((column) => `"${column}"`).join(', ');
  const sql = `INSERT INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`;
  const statement = known.get(sql) ?? database.prepare(sql);
  known.set(sql, statement);
  return statement;
}

/** FastTrackML ties points to a context; the empty one may not be there yet. */
function contextOf(database: DatabaseSync): number {
  database.prepare("INSERT INTO contexts (json) VALUES ('{}') ON CONFLICT DO NOTHING").run();
  return Number(database.prepare("SELECT id FROM contexts WHERE json = '{}'").get()?.id);
}
