import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../lib/build/paths.ts';
import { ConsumedUnits } from './tracking/consumed-units.ts';
import { HttpClient } from './tracking/http-client.ts';
import { type Measured, missedLimits } from './tracking/limits.ts';
import { runLoad } from './tracking/load.ts';
import { usageOfTree } from './tracking/process-tree.ts';
import { seedExperiment } from './tracking/seed-runs.ts';
import { type RunningServer, SERVERS, type ServerName, startServer } from './tracking/servers.ts';
import { type Bench, SHAPES, type Shape } from './tracking/shapes/index.ts';
import { soak } from './tracking/soak.ts';

/**
 * Tracking servers side by side, one after another on this machine (Linux):
 * `npm run bench -- tracking [--servers slipway,mlflow,fasttrackml] [--shapes Newest,CreateRun]
 * [--sizes 1000,23500,100000] [--quick] [--cores 1]`. The figures are left in `.slipway/bench-tracking.json`;
 * a limit that is missed fails the process, at its end, but for `--quick`. With `--soak MINUTES` it is the
 * memory that is measured, over minutes of load; `--cores` lets the servers have so many of the machine.
 */
export async function benchTracking(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      servers: { type: 'string', default: SERVERS.join(',') },
      shapes: { type: 'string', default: '' },
      sizes: { type: 'string' },
      quick: { type: 'boolean', default: false },
      soak: { type: 'string' },
      cores: { type: 'string' },
    },
  });
  const { quick } = values;
  const sizes = (values.sizes ?? (quick ? '1000' : '1000,23500,100000')).split(',').map(Number);
  const shapes = SHAPES.filter(({ name }) =>
    values.shapes.split(',').some((part) => name.includes(part)),
  );
  const figures: Figure[] = [];
  for (const name of values.servers.split(',') as ServerName[]) {
    const server = await startServer(name, values.cores);
    try {
      const measured = values.soak
        ? measureSoak(server, Number(values.soak))
        : measure(server, shapes, sizes, quick);
      for await (const figure of measured) {
        console.log(JSON.stringify(figure));
        figures.push(figure);
      }
    } finally {
      await server.stop();
    }
  }
  const compared = besideSlipway(figures);
  console.table(compared.map(({ firstError: _error, ...figure }) => figure));
  if (!quick && compared.some(({ missed }) => missed)) process.exitCode = 1;
  mkdirSync(join(ROOT, '.slipway'), { recursive: true });
  writeFileSync(join(ROOT, '.slipway/bench-tracking.json'), JSON.stringify(figures, null, 2));
}

interface Figure extends Measured {
  readonly firstError?: string | undefined;
  /** The limits that it does not keep. */
  readonly missed?: string;
}

/** With the CPU of a request as a multiple of what Slipway took for the same shape, and the limits missed. */
function besideSlipway(figures: readonly Figure[]): readonly Figure[] {
  const own = new Map(
    figures.flatMap(({ server, shape, cpuMsPerRequest }) =>
      server === 'slipway' ? [[shape, Number(cpuMsPerRequest)]] : [],
    ),
  );
  return figures.map((figure) => {
    const ratio = Number(figure.cpuMsPerRequest) / (own.get(figure.shape) ?? Number.NaN);
    const compared = Number.isNaN(ratio)
      ? figure
      : { ...figure, cpuTimesSlipway: Math.round(ratio * 10) / 10 };
    const missed = missedLimits(compared).join(', ');
    return missed ? { ...compared, missed } : compared;
  });
}

async function* measure(
  server: RunningServer,
  shapes: readonly Shape[],
  sizes: readonly number[],
  quick: boolean,
): AsyncGenerator<Figure> {
  const client = new HttpClient(server.url, 20);
  yield idle(server);
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
    const restMs = shape.group === 'write' && !quick ? WINDOW_MS : 0;
    // What is compiled and connected once is no part of what a request costs, however few there are.
    const warmUp = {
      users,
      seconds: quick ? 0.5 : 3,
      maxRequests: Math.ceil(shape.maxRequests / 4),
    };
    const { good, errors } = await runLoad({ ...warmUp, request, restMs }, server.pid);
    const sent = good + errors;
    await pause();
    units?.since();
    const load = await runLoad(
      {
        users,
        seconds: quick ? 2 : 6,
        maxRequests: shape.maxRequests - sent,
        restMs,
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

async function* measureSoak(server: RunningServer, minutes: number): AsyncGenerator<Figure> {
  const client = new HttpClient(server.url, 20);
  yield idle(server);
  yield await soak(server, client, minutes);
  client.close();
}

const idle = ({ name, pid }: RunningServer): Figure => ({
  server: name,
  shape: 'idle',
  rssMb: Math.round(usageOfTree(pid).rssMb),
});

/** Slipway's compaction collects five seconds of what was written before it begins. */
const WINDOW_MS = 6000;

const perRequest = (sum: number, requests: number) => Math.round((100 * sum) / requests) / 100;

/** Logs are written behind the answers. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 300));
