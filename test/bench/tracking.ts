import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../lib/build/paths.ts';
import { ConsumedUnits } from './tracking/consumed-units.ts';
import { HttpClient } from './tracking/http-client.ts';
import { runLoad } from './tracking/load.ts';
import { usageOfTree } from './tracking/process-tree.ts';
import { seedExperiment } from './tracking/seed-runs.ts';
import { type RunningServer, SERVERS, type ServerName, startServer } from './tracking/servers.ts';
import { type Bench, SHAPES, type Shape } from './tracking/shapes.ts';

/**
 * Tracking servers side by side, one after another on this machine (Linux):
 * `npm run bench -- tracking [--servers slipway,mlflow,fasttrackml] [--shapes Newest,CreateRun]
 * [--sizes 1000,23500,100000] [--quick]`. The figures are left in `.slipway/bench-tracking.json`.
 */
export async function benchTracking(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      servers: { type: 'string', default: SERVERS.join(',') },
      shapes: { type: 'string', default: '' },
      sizes: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const sizes = (values.sizes ?? (quick ? '1000' : '1000,23500,100000')).split(',').map(Number);
  const shapes = SHAPES.filter(({ name }) =>
    values.shapes.split(',').some((part) => name.includes(part)),
  );
  const figures: Figure[] = [];
  for (const name of values.servers.split(',') as ServerName[]) {
    const server = await startServer(name);
    try {
      for await (const figure of measure(server, shapes, sizes, quick)) {
        console.log(JSON.stringify(figure));
        figures.push(figure);
      }
    } finally {
      await server.stop();
    }
  }
  console.table(figures.map(({ firstError: _error, ...figure }) => figure));
  mkdirSync(join(ROOT, '.slipway'), { recursive: true });
  writeFileSync(join(ROOT, '.slipway/bench-tracking.json'), JSON.stringify(figures, null, 2));
}

interface Figure {
  readonly server: string;
  readonly shape: string;
  readonly [figure: string]: string | number | undefined;
}

async function* measure(
  server: RunningServer,
  shapes: readonly Shape[],
  sizes: readonly number[],
  quick: boolean,
): AsyncGenerator<Figure> {
  const client = new HttpClient(server.url, 20);
  yield { server: server.name, shape: 'idle', rssMb: Math.round(usageOfTree(server.pid).rssMb) };
  const seeded = new Map<number, string>();
  if (shapes.some(({ group }) => group === 'search')) {
    for (const size of sizes) seeded.set(size, await seedExperiment(server, client, size));
  }
  const units = server.name === 'slipway' ? new ConsumedUnits(server.folder) : undefined;
  for (const shape of shapes) {
    const users = quick ? Math.min(4, shape.users) : shape.users;
    const bench: Bench = { server: server.name, client, users, seeded };
    const request = await shape.prepare(bench);
    if (!request) continue;
    // What is compiled and connected once is no part of what a request costs, however few there are.
    const warmUp = {
      users,
      seconds: quick ? 0.5 : 3,
      maxRequests: Math.ceil(shape.maxRequests / 4),
    };
    const { good, errors } = await runLoad({ ...warmUp, request }, server.pid);
    const sent = good + errors;
    await pause();
    units?.since();
    const load = await runLoad(
      {
        users,
        seconds: quick ? 2 : 6,
        maxRequests: shape.maxRequests - sent,
        request: (i) => request(i + sent),
      },
      server.pid,
    );
    await pause();
    const consumed = units?.since();
    const missing = await shape.verify?.(bench);
    yield {
      server: server.name,
      shape: shape.name,
      ...load,
      ...(consumed && {
        writeUnits: perRequest(consumed.write, load.good),
        readUnits: perRequest(consumed.read, load.good),
      }),
      ...(missing !== undefined && { missing }),
    };
  }
  client.close();
}

const perRequest = (sum: number, requests: number) => Math.round((100 * sum) / requests) / 100;

/** Logs are written behind the answers. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 300));
