import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, round, single, spread } from './figures.ts';
import { runLoad } from './http-load.ts';
import { benchFirstPredictions } from './serving/cold.ts';
import { requestOf, writeModel } from './serving/model.ts';
import { type ScoringServer, startBare, startMlflow, startSlipway } from './serving/servers.ts';
import { usageOfTree } from './tracking/process-tree.ts';

const LOADS = [
  { connections: 1, rows: 1 },
  { connections: 1, rows: 100 },
  { connections: 64, rows: 1 },
  { connections: 64, rows: 100 },
];

/**
 * Predictions side by side, one model and one request for all: Slipway as it is started (with its
 * inference log), `mlflow models serve`, and a bare server that only parses, scores and answers.
 */
export async function benchServing(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  const servers: ScoringServer[] = [];
  const figures: Figure[] = [];
  try {
    writeModel(join(folder, 'model'));
    servers.push(await startMlflow(join(folder, 'model')), await startBare());
    servers.push(await startSlipway());
    for (const load of LOADS) figures.push(...(await compare(servers, load)));
    // What it costs that no answer goes out before its row: the same load, without.
    servers.push(await startSlipway('slipway, rows later', { max_loss_seconds: 5 }));
    for (const load of LOADS) figures.push(...(await compare(servers.slice(-1), load)));
    for (const { name, usdPerMillion } of servers) {
      const usd = await usdPerMillion?.();
      if (usd !== undefined) figures.push(single(`${name}: cost`, 'USD/million', usd));
    }
    return [
      ...benchFirstPredictions(),
      ...figures,
      ...servers.map(({ name, pid }) => single(`${name}: memory`, 'MB', usageOfTree(pid).rssMb)),
    ];
  } finally {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Each in turn, so that none has another's load beside it. */
async function compare(
  servers: readonly ScoringServer[],
  load: (typeof LOADS)[number],
): Promise<Figure[]> {
  const results = new Map<string, { p50: number; rate: number }>();
  const figures: Figure[] = [];
  for (const { name, url } of servers) {
    const { times, rate } = await runLoad({
      url,
      connections: load.connections,
      body: requestOf(load.rows),
      warmMs: 2000,
      measureMs: 4000,
    });
    const what = `${name}: ${load.connections} connections, ${load.rows} rows`;
    const bare = results.get('bare');
    const peer = results.get('mlflow models serve');
    const isSlipway = name === 'slipway';
    const oneRow = isSlipway && load.rows === 1;
    const latency = spread(what, 'ms', times, {
      ...(isSlipway && bare && { peer: { name: 'bare', value: bare.p50 } }),
      ...(oneRow &&
        load.connections === 1 &&
        bare && { limits: [{ of: 'p50', atMost: round(1.5 * bare.p50 + 2) }] }),
    });
    figures.push(
      latency,
      single(`${what}: requests/s`, '', rate, {
        // Beside the bare server's it says what a server of Node could reach at all.
        ...(peer && { peer: { name: 'mlflow models serve', value: peer.rate } }),
        ...(oneRow && peer && { limits: [{ of: 'value', atLeast: 10 * peer.rate }] }),
      }),
    );
    results.set(name, { p50: latency.p50 ?? Number.NaN, rate });
  }
  return figures;
}
