import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../lib/local/shared/free-port.ts';
import { TestHost } from '../../support/host.ts';
import { gbdt, mlmodel } from './model.ts';

/** Somebody that answers `POST <url>` with predictions. */
export interface ScoringServer {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
  /** Dollars of a million predictions, by what was metered while it was asked. */
  readonly usdPerMillion?: () => Promise<number>;
}

const NAME = 'bench';

/** Slipway as it is started, with one endpoint; with `log` its policy of the inference log. */
export async function startSlipway(name = 'slipway', log?: object): Promise<ScoringServer> {
  const host = new TestHost();
  await host.start();
  const artifacts = '/api/2.0/mlflow-artifacts/artifacts/bench';
  await host.ok('PUT', `${artifacts}/MLmodel`, mlmodel);
  await host.ok('PUT', `${artifacts}/model.gbdt.json`, gbdt);
  await host.ok('POST', '/api/2.0/mlflow/registered-models/create', { name: NAME });
  const source = 'mlflow-artifacts:/bench';
  await host.ok('POST', '/api/2.0/mlflow/model-versions/create', { name: NAME, source });
  const served_entities = [{ entity_name: NAME, entity_version: '1' }];
  await host.ok('POST', '/api/2.0/serving-endpoints', {
    name: NAME,
    config: { served_entities, ...(log && { inference_log: log }) },
  });
  await host.waitFor('EndpointVersionSwitched', { endpoint: NAME, to: '1' });
  return {
    name,
    url: `${host.url}/serving-endpoints/${NAME}/invocations`,
    pid: host.pid,
    stop: () => host.stop(),
    usdPerMillion: async () => {
      const { body } = await host.call<{ serving: { usd_per_million_predictions: number } }>(
        'GET',
        `/api/slipway/v1/costs?endpoint=${NAME}`,
      );
      return body.serving.usd_per_million_predictions;
    },
  };
}

export async function startBare(): Promise<ScoringServer> {
  const script = join(import.meta.dirname, 'bare-server.ts');
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The bare server ended with ${code}`)));
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()));
  });
  return { name: 'bare', url, pid: child.pid ?? 0, stop: async () => void child.kill() };
}

/** `mlflow models serve` with its default server, in an environment made once. */
export async function startMlflow(model: string): Promise<ScoringServer> {
  const cache = process.env.SLIPWAY_BENCH_CACHE ?? join(tmpdir(), 'slipway-bench');
  const venv = join(cache, 'mlflow-serving');
  if (!existsSync(join(venv, 'ready'))) {
    mkdirSync(cache, { recursive: true });
    execFileSync('python3', ['-m', 'venv', '--clear', venv], { stdio: 'inherit' });
    const packages = ['mlflow', 'onnx', 'onnxruntime'];
    execFileSync(join(venv, 'bin/pip'), ['install', '--quiet', ...packages], { stdio: 'inherit' });
    mkdirSync(join(venv, 'ready'));
  }
  const port = await freePort();
  const serve = ['models', 'serve', '-m', model, '-p', String(port), '--env-manager', 'local'];
  const child = spawn(join(venv, 'bin/mlflow'), serve, {
    stdio: 'ignore',
    detached: true,
    env: {
      ...process.env,
      PATH: `${join(venv, 'bin')}:${process.env.PATH}`,
      MLFLOW_DISABLE_TELEMETRY: 'true',
    },
  });
  const stop = async () => {
    // Its workers are processes of the same group.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 120_000; ; ) {
    const up = await fetch(`${url}/ping`).catch(() => undefined);
    if (up?.ok) break;
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error('mlflow models serve did not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { name: 'mlflow models serve', url: `${url}/invocations`, pid: child.pid ?? 0, stop };
}
