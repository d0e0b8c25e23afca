import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestHost } from '../support/host.ts';
import { type Figure, spread } from './figures.ts';
import { benchAge } from './host/age.ts';
import { authorization } from './host/authorization.ts';
import { startBare } from './host/bare.ts';
import { benchAssembly } from './host/bench-assembly.ts';
import { benchMemory } from './host/memory.ts';
import { besideMiniStack } from './host/ministack.ts';
import { benchObjects } from './host/objects.ts';
import { benchRequests } from './host/requests.ts';
import { reset } from './host/reset.ts';
import { outboxToConsumer, putEventsToTarget, stateMachines } from './host/services.ts';
import { benchStarts } from './host/starts.ts';

/** The machine's disk and cores are others', too. */
const OBJECT_TURNS = 3;

/** The local host: its start, its memory, its requests and its services. */
export async function benchHost(): Promise<Figure[]> {
  const figures = [
    ...(await benchStarts()),
    ...(await benchMemory()),
    spread('POST /__reset', 'ms', await reset(), { limits: [{ of: 'p99', atMost: 100 }] }),
  ];
  for (const [name, times] of Object.entries(await authorization())) {
    figures.push(spread(name, 'ms', times));
  }
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  const notes = join(folder, 'delays');
  const assembly = benchAssembly(notes);
  const host = new TestHost({ assembly: assembly.write() });
  await host.start();
  const bare = await startBare('bare-objects.ts', folder);
  try {
    figures.push(...(await benchRequests(host)));
    const services = [
      await putEventsToTarget(host),
      ...(await stateMachines(host)),
      ...(await benchObjects(host, { turns: OBJECT_TURNS, bare: bare.url })),
    ];
    figures.push(await outboxToConsumer(host, notes), ...(await besideMiniStack(services)));
    figures.push(...(await benchAge()));
    return figures;
  } finally {
    await host.stop();
    bare.child.kill();
    assembly.remove();
    rmSync(folder, { recursive: true });
  }
}
