import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';
import { type Figure, round, single, spread } from '../figures.ts';
import { ConsumedUnits } from '../tracking/consumed-units.ts';
import { usageOfTree } from '../tracking/process-tree.ts';
import { BENCH } from './bench-assembly.ts';
import { getRepeatedly, type LoadResult } from './http-client.ts';

const FIGURES = {
  empty: 'gateway + Lambda',
  read: 'gateway + Lambda + 1 read',
} as const;

/** What a request costs: without work, with one read beside a bare server, and one of the product. */
export async function benchRequests(host: TestHost): Promise<Figure[]> {
  const dynamo = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  const Item = { pk: { S: 'a' }, text: { S: 'x'.repeat(500) } };
  await dynamo.send(new PutItemCommand({ TableName: BENCH, Item }));
  dynamo.destroy();
  const { body } = await host.call('GET', `/${BENCH}/empty`);
  const bare = await startBare(String(body.engine));
  const figures: Figure[] = [];
  try {
    for (const connections of [1, 16]) {
      const own = (name: keyof typeof FIGURES) =>
        loaded(host, `${host.url}/${BENCH}/${name}`, connections);
      figures.push(figureOf(FIGURES.empty, connections, await own('empty')));
      const read = await own('read');
      const peer = await getRepeatedly(bare.url, connections);
      figures.push(figureOf(FIGURES.read, connections, read, peer));
      figures.push(await productRead(host, connections));
    }
  } finally {
    bare.child.kill();
  }
  return figures;
}

interface Loaded extends LoadResult {
  readonly cpuMs: number;
}

async function loaded(host: TestHost, url: string, connections: number): Promise<Loaded> {
  const before = usageOfTree(host.pid).cpuMs;
  const result = await getRepeatedly(url, connections);
  const cpuMs = usageOfTree(host.pid).cpuMs - before;
  // The warm-up cost, too: the share of the measured part is what was counted of it.
  return { ...result, cpuMs: round((cpuMs * (4 / 5.5)) / result.times.length) };
}

/** One connection shows the latency, many the rate; the limits are those of one read. */
function figureOf(what: string, connections: number, own: Loaded, peer?: LoadResult): Figure {
  const { times, rate, cpuMs } = own;
  const name = `${what}, ${connections} connection${connections > 1 ? 's' : ''}`;
  if (connections === 1) {
    const limits = [
      { of: 'p50', atMost: 3 },
      { of: 'p50', atMost: 2.5 },
      { of: 'p99', atMost: 12 },
    ] as const;
    const bare = peer && spread('', 'ms', peer.times).p50;
    return spread(name, 'ms', times, {
      cpuMs,
      ...(peer && { limits, peer: { name: 'bare Node server', value: bare ?? Number.NaN } }),
    });
  }
  const limits = [
    { of: 'value', atLeast: 1200 },
    { of: 'value', atLeast: 1500 },
  ] as const;
  return single(name, 'requests/s', rate, {
    cpuMs,
    ...(peer && { limits, peer: { name: 'bare Node server', value: peer.rate } }),
  });
}

/** A read of the product, through its authorizer. */
async function productRead(host: TestHost, connections: number): Promise<Figure> {
  const units = new ConsumedUnits(host.dataDir);
  const url = `${host.url}/api/2.0/mlflow/experiments/get?experiment_id=0`;
  await fetch(url);
  units.since();
  const own = await loaded(host, url, connections);
  // Logs are written behind the answers.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { read, requests } = units.since();
  const figure = figureOf('experiments/get', connections, own);
  return { ...figure, ...(requests > 0 && { readUnits: round(read / requests) }) };
}

async function startBare(engine: string): Promise<{ url: string; child: ChildProcess }> {
  const script = join(import.meta.dirname, 'bare-server.ts');
  const child = spawn(process.execPath, [script, engine], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return { url: line.trim(), child };
}
