import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemblyDir, buildCommand } from '../../build/paths.ts';
import { writeAddress } from '../address-file.ts';
import type { Damage } from '../data-dir/damage.ts';
import type { Migrated } from '../data-dir/index.ts';
import { startHost } from '../host.ts';
import { UsageError } from '../usage-error.ts';
import { bootTable } from './boot-table.ts';
import { reasonOf } from './check-databases.ts';
import { collectGarbageSoon } from './collect-garbage.ts';
import { firstToken } from './first-token.ts';
import { narrator } from './narrate.ts';
import { runningBuild } from './running-build.ts';
import { parseStartOptions } from './start-options.ts';
import { reloadOnSave } from './watch.ts';

/** A stop that takes longer than this is given up: it must be over within five seconds. */
const STOP_TIMEOUT_MS = 4500;

/** `slipway start`: runs until it is told to stop; resolves to the exit status. */
export async function start(args: readonly string[]): Promise<number> {
  const options = parseStartOptions(args);
  if (!existsSync(assemblyDir(options.environment))) {
    throw new UsageError(
      `Nothing is built for ${options.environment}; run \`${buildCommand(options.environment)}\` first`,
    );
  }
  // Functions see UTC on AWS, whatever the clock of this machine shows.
  process.env.TZ = 'UTC';
  const ended = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => ended.resolve(0));
  }
  const { host: address, port, awsPort, ephemeral } = options;
  const dataDir = ephemeral ? temporaryDataDir() : options.dataDir;
  let adminToken: string | undefined;
  const build = runningBuild(options.environment);
  process.once('exit', build.release);
  const host = await startHost({
    assembly: build.assembly,
    dataDir,
    host: address,
    port,
    awsPort,
    allowPrivateWebhooks: options.allowPrivateWebhooks,
    allowedHosts: options.allowedHosts,
    auth: options.auth,
    artifacts: options.artifacts,
    ...(options.ui !== undefined && { ui: options.ui }),
    resettable: ephemeral,
    afterReset: async (emptied) => {
      if (adminToken) await firstToken(emptied, options.environment, adminToken);
    },
    observer: narrator(options),
    sourceMaps: build.maps,
    onCrash: (error) => {
      console.error(`slipway: ${error.message}`);
      ended.resolve(1);
    },
  }).catch((error: unknown) => {
    throw reasonOf(error, dataDir);
  });
  writeAddress(dataDir, {
    pid: process.pid,
    url: host.url,
    aws_url: host.awsUrl,
    environment: options.environment,
    since: new Date().toISOString(),
  });
  if (options.watch) reloadOnSave(host, build);
  for (const damage of host.damages) console.error(damageLine(damage));
  if (host.migrated) console.log(migrationLine(host.migrated));
  for (const line of bootTable(host)) console.log(line);
  if (options.auth === 'token') adminToken = await firstToken(host, options.environment);
  if (adminToken) console.log(`Admin token, shown only now: ${adminToken}`);
  console.log(`AWS APIs on ${host.awsUrl}`);
  console.log(`Slipway ready on ${host.url}`);
  collectGarbageSoon();
  const status = await ended.promise;
  setTimeout(() => process.exit(status), STOP_TIMEOUT_MS).unref();
  await host.stop();
  return status;
}

const migrationLine = ({ from, to, backup }: Migrated) =>
  `The data directory had layout ${from} and has ${to} now; as it was, it is in ${backup}`;

const damageLine = ({ log, kept, commits }: Damage) =>
  `slipway: ${log} was damaged: ${commits} or more of its last commits are lost; it is kept as ${kept}`;

/** A folder that is gone when this process ends, unless it is killed. */
function temporaryDataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
