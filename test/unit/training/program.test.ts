import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { load } from 'js-yaml';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Baseline } from '../../../functions/monitoring/drift/summary.ts';
import { loadGbdt } from '../../../functions/serving/scorers/gbdt.ts';
import { train } from '../../../lib/training/images/gbdt/program.ts';
import { jobFolder, parquet } from './channel.ts';
import { trackingServer } from './tracking-server.ts';

interface Description {
  readonly flavors: Readonly<Record<string, { readonly data: string }>>;
  readonly signature: { readonly inputs: string };
}

const HOUR = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00Z');

function dataOf(rows: number) {
  const each = <T>(value: (row: number) => T) => Array.from({ length: rows }, (_, i) => value(i));
  return {
    'all.parquet': parquet({
      id: ['INT32', each((i) => i)],
      at: ['TIMESTAMP', each((i) => new Date(START + i * HOUR))],
      size: ['DOUBLE', each((i) => (i % 7 === 0 ? null : i % 10))],
      city: ['STRING', each((i) => ['Oslo', 'Rome', 'Lima'][i % 3])],
      late: ['INT32', each((i) => (i % 10 > 4 !== (i % 3 === 0 && i % 4 === 0) ? 1 : 0))],
    }),
  };
}

const DATA = dataOf(600);
/** So many that 10,000 trees take much longer than the first of them take to be logged. */
const LARGER_DATA = dataOf(20_000);

const SETTINGS = {
  label: 'late',
  exclude: 'id',
  time_column: 'at',
  holdout: 'P5D',
  trees: '5',
  model_name: 'delays',
  model_tags: '{"owner":"ana"}',
};

const run = async (env: NodeJS.ProcessEnv, settings: Record<string, string> = {}) => {
  const root = jobFolder({ ...SETTINGS, ...settings }, DATA);
  const lines: string[] = [];
  const { signal } = new AbortController();
  await train(root, { env, print: (line) => lines.push(line), signal });
  return { root, lines };
};

describe('a training job', () => {
  it('logs parameters, losses, metrics and data sets to its run and leaves the status alone', async () => {
    const server = await trackingServer();
    const { lines } = await run({ MLFLOW_TRACKING_URI: server.uri, MLFLOW_RUN_ID: 'run-1' });
    type Batch = {
      params?: { key: string; value: string }[];
      metrics?: { key: string; step: number }[];
    };
    const batches = server.calls<Batch>('runs/log-batch');
    const params = new Map(batches.flatMap((b) => b.params ?? []).map((p) => [p.key, p.value]));
    expect(params.get('trees')).toBe('5');
    expect(params.get('window_end')).toBe('2026-01-25T23:00:00.001Z');
    expect(params.get('holdout_rows')).toBe('120');
    const metrics = batches.flatMap((batch) => batch.metrics ?? []);
    const steps = metrics.filter(({ key }) => key === 'valid_loss').map(({ step }) => step);
    expect(steps).toEqual([1, 2, 3, 4, 5]);
    expect(metrics.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['train_loss', 'roc_auc', 'log_loss', 'accuracy']),
    );
    const [inputs] = server.calls<{ datasets: { tags: object[]; dataset: { digest: string } }[] }>(
      'runs/log-inputs',
    );
    expect(inputs!.datasets.map(({ tags }) => tags)).toEqual([
      [{ key: 'mlflow.data.context', value: 'training' }],
      [{ key: 'mlflow.data.context', value: 'evaluation' }],
    ]);
    expect(inputs!.datasets[0]!.dataset.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(server.calls('runs/update')).toEqual([]);
    expect(lines.at(-1)).toBe('registered delays version 4');
  });

  it('stores an MLflow model that scores its own example', async () => {
    const server = await trackingServer();
    const { root } = await run({ MLFLOW_TRACKING_URI: server.uri, MLFLOW_RUN_ID: 'run-1' });
    const description = load(server.artifact('model/MLmodel')!.toString()) as Description;
    expect(description.flavors['slipway.gbdt']!.data).toBe('model.gbdt.json');
    expect(description.signature.inputs).toBe(
      '[{"type": "double", "name": "size", "required": false}, ' +
        '{"type": "string", "name": "city", "required": true}]',
    );
    expect(description).toMatchObject({ run_id: 'run-1', artifact_path: 'model' });
    const example = JSON.parse(server.artifact('model/input_example.json')!.toString());
    expect(example.columns).toEqual(['size', 'city']);
    const scores = loadGbdt(server.artifact('model/model.gbdt.json')!.toString()).score({
      length: example.data.length,
      columns: new Map(
        example.columns.map((name: string, i: number) => [
          name,
          example.data.map((row: unknown[]) => row[i]),
        ]),
      ),
    });
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
    expect(server.artifact('model/model.onnx')!.length).toBeGreaterThan(100);
    expect(readFileSync(join(root, 'model/model.gbdt.json'))).toEqual(
      server.artifact('model/model.gbdt.json'),
    );
  });

  it('stores the held-out rows, the baseline and the importance', async () => {
    const server = await trackingServer();
    await run({ MLFLOW_TRACKING_URI: server.uri, MLFLOW_RUN_ID: 'run-1' });
    const file = new Uint8Array(server.artifact('evaluation/holdout.parquet')!).buffer;
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(120);
    expect(rows[0]).toEqual({
      size: 0,
      city: 'Oslo',
      late: expect.any(Number),
      at: new Date(START + 480 * HOUR),
    });
    const text = server.artifact('baseline/summary.json')!.toString();
    const baseline = JSON.parse(text) as Baseline;
    expect(baseline.label).toMatchObject({ name: 'late', task: 'binary' });
    expect(Object.keys(baseline.columns)).toEqual(['size', 'city']);
    expect(baseline.columns.city).toMatchObject({ type: 'categorical', missing: 0 });
    expect(baseline.prediction.count).toBe(120);
    const importance = JSON.parse(server.artifact('importance.json')!.toString());
    expect(importance[0].feature).toBe('size');
  });

  it('registers with source, run, description and tags', async () => {
    const server = await trackingServer(({ path }) =>
      path.endsWith('registered-models/create')
        ? { status: 400, body: { error_code: 'RESOURCE_ALREADY_EXISTS', message: 'exists' } }
        : undefined,
    );
    await run({ MLFLOW_TRACKING_URI: server.uri, MLFLOW_RUN_ID: 'run-1' });
    expect(server.calls('model-versions/create')).toEqual([
      {
        name: 'delays',
        source: 'mlflow-artifacts:/7/run-1/artifacts/model',
        run_id: 'run-1',
        description: 'Gradient boosted trees trained by Slipway',
        tags: [{ key: 'owner', value: 'ana' }],
      },
    ]);
  });

  it('does not register a run twice', async () => {
    const server = await trackingServer(({ path }) =>
      path.includes('model-versions/search')
        ? { body: { model_versions: [{ name: 'delays', version: '3' }] } }
        : undefined,
    );
    const { lines } = await run({ MLFLOW_TRACKING_URI: server.uri, MLFLOW_RUN_ID: 'run-1' });
    expect(server.calls('model-versions/create')).toEqual([]);
    expect(lines.at(-1)).toBe('registered delays version 3');
  });

  it('makes and ends a run of its own when it was given none', async () => {
    const server = await trackingServer(({ path }) =>
      path.includes('experiments/get-by-name')
        ? { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'none' } }
        : undefined,
    );
    const env = { MLFLOW_TRACKING_URI: server.uri, MLFLOW_EXPERIMENT_NAME: 'delays' };
    await run(env);
    expect(server.calls('experiments/create')).toEqual([{ name: 'delays' }]);
    expect(server.calls('runs/create')).toMatchObject([{ experiment_id: '7' }]);
    expect(server.calls('runs/update')).toMatchObject([{ run_id: 'run-1', status: 'FINISHED' }]);
    await expect(run(env, { trailing: 'P1D', window_end: '2020-01-01' })).rejects.toThrow(
      'No rows',
    );
    expect(server.calls('runs/update').at(-1)).toMatchObject({ status: 'FAILED' });
  });

  it('tries again when the server fails for a moment', async () => {
    let failures = 0;
    const server = await trackingServer(({ path }) =>
      path.endsWith('log-inputs') && failures++ === 0
        ? { status: 503, body: { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'later' } }
        : undefined,
    );
    await run({ MLFLOW_TRACKING_URI: server.uri, MLFLOW_RUN_ID: 'run-1' });
    expect(server.calls('runs/log-inputs')).toHaveLength(2);
  });

  it('writes the model without a tracking server, but cannot register it', async () => {
    const { model_name: _, ...unnamed } = SETTINGS;
    const root = jobFolder(unnamed, DATA);
    const { signal } = new AbortController();
    await train(root, { env: {}, print: () => undefined, signal });
    expect(existsSync(join(root, 'model/MLmodel'))).toBe(true);
    await expect(run({})).rejects.toThrow('model_name needs MLFLOW_TRACKING_URI');
  });

  it('keeps and registers the model though its metrics cannot be logged', async () => {
    const server = await trackingServer(({ path, body }) =>
      path.endsWith('log-batch') && body.includes('train_loss')
        ? { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'no metrics' } }
        : undefined,
    );
    const { lines } = await run({ MLFLOW_TRACKING_URI: server.uri, MLFLOW_RUN_ID: 'run-1' });
    expect(lines).toContainEqual(expect.stringMatching(/metrics are not logged: no metrics/));
    expect(lines.at(-1)).toBe('registered delays version 4');
    expect(server.artifact('model/MLmodel')).toBeDefined();
  });

  it('ends with a reason in the failure file and an exit code', async () => {
    const root = jobFolder({ ...SETTINGS, label: 'early' }, DATA);
    const server = await trackingServer();
    const env = {
      PATH: process.env.PATH,
      SLIPWAY_ML_ROOT: root,
      MLFLOW_TRACKING_URI: server.uri,
      MLFLOW_RUN_ID: 'run-1',
    };
    const code = await new Promise((resolve) => {
      const program = 'lib/training/images/gbdt/train.ts';
      execFile(process.execPath, [program], { env }, (error) => resolve(error?.code));
    });
    expect(code).toBe(1);
    expect(readFileSync(join(root, 'output/failure'), 'utf8')).toBe(
      "all.parquet has no column 'early'; its columns are id, at, size, city, late",
    );
  });
});

describe('a training job that is stopped', () => {
  /** Runs the program and sends SIGTERM as soon as the time has come. */
  async function stopped(
    settings: Record<string, string>,
    isTime: (output: string) => boolean,
    uri: string,
  ) {
    const root = jobFolder({ ...SETTINGS, early_stopping_rounds: '0', ...settings }, LARGER_DATA);
    const child = spawn(process.execPath, ['lib/training/images/gbdt/train.ts'], {
      env: {
        PATH: process.env.PATH,
        SLIPWAY_ML_ROOT: root,
        MLFLOW_TRACKING_URI: uri,
        MLFLOW_RUN_ID: 'run-1',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let sent = false;
    const look = setInterval(() => {
      if (sent || !isTime(output)) return;
      sent = true;
      child.kill('SIGTERM');
    }, 5);
    for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
    if (child.exitCode === null) await once(child, 'exit');
    clearInterval(look);
    const failure = readFileSync(join(root, 'output/failure'), 'utf8');
    return { root, code: child.exitCode, failure };
  }

  it('logs while it trains, and keeps the trees that it has', async () => {
    const server = await trackingServer();
    type Batch = { metrics?: { key: string; step: number }[] };
    const logged = () =>
      server.calls<Batch>('runs/log-batch').flatMap(({ metrics = [] }) => metrics);
    const { root, code, failure } = await stopped(
      { trees: '10000' },
      () => logged().length > 0,
      server.uri,
    );
    expect([code, failure]).toEqual([
      143,
      expect.stringMatching(/^Stopped by SIGTERM; the model of \d+ trees is kept$/),
    ]);
    // Stopped early, not at its end.
    expect(Number(/\d+/.exec(failure)?.[0])).toBeLessThan(10_000);
    const model = loadGbdt(readFileSync(join(root, 'model/model.gbdt.json'), 'utf8'));
    expect(
      model.score({
        length: 1,
        columns: new Map([
          ['size', [1]],
          ['city', ['Oslo']],
        ]),
      }),
    ).toHaveLength(1);
    expect(existsSync(join(root, 'model/MLmodel'))).toBe(true);
    expect(logged()).toContainEqual(expect.objectContaining({ key: 'train_loss', step: 1 }));
    expect(server.calls('model-versions/create')).toEqual([]);
  });

  it('says so when it had not come to its first tree', async () => {
    // The server answers what is asked first, and then nothing any more.
    const hanging = createServer((request, response) => {
      if (!request.url?.includes('log-batch')) {
        response.end(JSON.stringify({ run: { info: { run_id: 'run-1', artifact_uri: 'x' } } }));
      }
    });
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => hanging.closeAllConnections());
    const uri = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
    const { code, failure } = await stopped({}, (output) => output.includes('training rows'), uri);
    expect([code, failure]).toEqual([143, 'Stopped by SIGTERM while it read its data']);
  });
});
