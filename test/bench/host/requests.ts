import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';
import { type Figure, round, single, spread } from '../figures.ts';
import { type LoadResult, runLoad } from '../http-load.ts';
import { ConsumedUnits } from '../tracking/consumed-units.ts';
import { usageOfTree } from '../tracking/process-tree.ts';
import { startBare } from './bare.ts';
import { BENCH } from './bench-assembly.ts';

const TURNS = 3;
const TIMES = { warmMs: 800, measureMs: 1500 };

/** The part of a client's work that is measured. */
const MEASURED_SHARE = TIMES.measureMs / (TIMES.warmMs + TIMES.measureMs);

const FIGURES = {
  empty: 'gateway + Lambda',
  read: 'gateway + Lambda + 1 read',
  sdkRead: "gateway + Lambda + 1 read, AWS's client",
} as const;

/** What a request costs: without work, with one read beside a bare server, and one of the product. */
export async function benchRequests(host: TestHost): Promise<Figure[]> {
  const dynamo = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  const Item = { pk: { S: 'a' }, text: { S: 'x'.repeat(500) } };
  await dynamo.send(new PutItemCommand({ TableName: BENCH, Item }));
  dynamo.destroy();
  const { body } = await host.call('GET', `/${BENCH}/empty`);
  const bare = await startBare('bare-server.ts', String(body.engine));
  const figures: Figure[] = [];
  try {
    for (const connections of [1, 16]) {
      const [empty] = await inTurns(host, [`${host.url}/${BENCH}/empty`], connections);
      if (empty) figures.push(figureOf(FIGURES.empty, connections, empty));
      const urls = [`${host.url}/${BENCH}/read`, `${host.url}/${BENCH}/sdk-read`, bare.url];
      const [read, sdkRead, peer] = await inTurns(host, urls, connections);
      if (read) figures.push(figureOf(FIGURES.read, connections, read, peer));
      if (sdkRead) figures.push(figureOf(FIGURES.sdkRead, connections, sdkRead));
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

/** The addresses take turns, so that a busy machine does the same to each. */
async function inTurns(
  host: TestHost,
  urls: readonly string[],
  connections: number,
): Promise<Loaded[]> {
  const results = urls.map(() => ({ times: [] as number[], cpuMs: 0 }));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, url] of urls.entries()) {
      const result = results[i];
      const before = usageOfTree(host.pid).cpuMs;
      result?.times.push(...(await runLoad({ url, connections, ...TIMES })).times);
      if (result) result.cpuMs += (usageOfTree(host.pid).cpuMs - before) * MEASURED_SHARE;
    }
  }
  return results.map(({ times, cpuMs }) => ({
    times,
    rate: Math.round(times.length / ((TURNS * TIMES.measureMs) / 1000)),
    cpuMs: round(cpuMs / times.length),
  }));
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
  const [own] = await inTurns(host, [url], connections);
  if (!own) throw new Error(`No answers from ${url}`);
  // Logs are written behind the answers.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { read, requests } = units.since();
  const figure = figureOf('experiments/get', connections, own);
  return { ...figure, ...(requests > 0 && { readUnits: round(read / requests) }) };
}
