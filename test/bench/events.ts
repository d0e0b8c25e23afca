import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TestHost } from '../support/host.ts';
import { benchWebhooks } from './events/webhooks.ts';
import { type Figure, round, spread } from './figures.ts';
import { usageOfTree } from './tracking/process-tree.ts';

const PER_SECOND = 50;
const SECONDS = 10;
const READS = 1000;
const SOURCE = 'mlflow-artifacts:/0/none/artifacts/model';

/** How fast events act, what a client waits for an alias, and which webhook waits for which. */
export async function benchEvents(): Promise<Figure[]> {
  const host = new TestHost();
  const figures: Figure[] = [];
  await host.start();
  try {
    figures.push(await eventsUnderLoad(host), await getByAlias(host));
  } finally {
    await host.stop();
  }
  return [...figures, ...(await benchWebhooks())];
}

/**
 * 50 registrations a second: from the fact to the moment when its consumer writes that it has begun,
 * which is later than its start.
 */
async function eventsUnderLoad(host: TestHost): Promise<Figure> {
  const name = 'loaded';
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name });
  const policy = { validation: { mode: 'disabled' }, promotion: { mode: 'manual' } };
  await host.call('PUT', `/api/slipway/v1/models/${name}/policy`, policy);
  const count = PER_SECOND * SECONDS;
  const before = usageOfTree(host.pid).cpuMs;
  const began = performance.now();
  const requests: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    await pause(Math.max(0, began + (i * 1000) / PER_SECOND - performance.now()));
    const body = { name, source: SOURCE };
    requests.push(host.call('POST', '/api/2.0/mlflow/model-versions/create', body));
  }
  await Promise.all(requests);
  await host.waitFor('ModelVersionValidated', { model: name, version: String(count) }, 120_000);
  await pause(2000);
  const cpuMs = round((usageOfTree(host.pid).cpuMs - before) / count);
  const events = (await host.events()).filter(({ data }) => data.model === name);
  const times = (type: string) =>
    new Map(
      events
        .filter((event) => event.type === type)
        .map(({ data, time }) => [String(data.version), Date.parse(time)]),
    );
  const validated = times('ModelVersionValidated');
  const values = [...times('ModelVersionRegistered')].map(
    ([version, at]) => (validated.get(version) ?? Number.NaN) - at,
  );
  return spread(`event → consumer, ${PER_SECOND} registrations/s`, 'ms', values, {
    limits: [
      { of: 'p50', atMost: 150 },
      { of: 'p99', atMost: 1000 },
    ],
    cpuMs,
  });
}

async function getByAlias(host: TestHost): Promise<Figure> {
  const name = 'loaded';
  const alias = { name, alias: 'champion', version: '1' };
  await host.call('POST', '/api/2.0/mlflow/registered-models/alias', alias);
  const path = `/api/2.0/mlflow/registered-models/alias?name=${name}&alias=champion`;
  for (let i = 0; i < READS / 5; i++) await host.call('GET', path);
  const before = await readUnitsAtRest(host.dataDir);
  const values: number[] = [];
  for (let i = 0; i < READS; i++) {
    const started = performance.now();
    await host.call('GET', path);
    values.push(performance.now() - started);
  }
  await pause(500);
  return spread('get-by-alias over HTTP', 'ms', values, {
    limits: [
      { of: 'p50', atMost: 3 },
      { of: 'readUnits', atMost: 1 },
    ],
    readUnits: round((readUnits(host.dataDir) - before) / READS),
  });
}

/** As `readUnits`, once what went before has ended. */
async function readUnitsAtRest(dataDir: string): Promise<number> {
  for (let before = Number.NaN; ; await pause(1000)) {
    const units = readUnits(dataDir);
    if (units === before) return units;
    before = units;
  }
}

/** Read units that the registry's function has published so far. */
function readUnits(dataDir: string): number {
  const folder = join(dataDir, 'logs');
  const lines = readdirSync(folder)
    .filter((file) => /registry.*\.log$/.test(file))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  return lines.reduce((sum, line) => {
    const at = line.indexOf('{');
    if (at < 0 || !line.includes('ReadUnits')) return sum;
    return sum + ((JSON.parse(line.slice(at)) as { ReadUnits?: number }).ReadUnits ?? 0);
  }, 0);
}
