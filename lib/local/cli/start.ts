import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemblyDir } from '../../build/paths.ts';
import { openDataDir } from '../data-dir.ts';
import { startHost } from '../host.ts';
import { parseStartOptions, UsageError } from './start-options.ts';

/** A stop that takes longer than this is given up: a person is waiting. */
const STOP_TIMEOUT_MS = 5000;

/** `slipway start`: runs until it is told to stop; resolves to the exit status. */
export async function start(args: readonly string[]): Promise<number> {
  const options = parseStartOptions(args);
  const assembly = assemblyDir(options.environment);
  if (!existsSync(assembly)) {
    throw new UsageError(
      `Nothing is built for ${options.environment}; run \`npm run build\` first`,
    );
  }
  const ended = Promise.withResolvers<number>();
  const dataDir = options.ephemeral ? mkdtempSync(join(tmpdir(), 'slipway-')) : options.dataDir;
  const lock = openDataDir(dataDir);
  const cleanUp = () => {
    lock.release();
    if (options.ephemeral) rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const { host: address, port, awsPort } = options;
    const host = await startHost({
      assembly,
      dataDir,
      host: address,
      port,
      awsPort,
      onCrash: (error) => {
        console.error(`slipway: ${error.message}`);
        ended.resolve(1);
      },
    });
    console.log(`AWS APIs on ${host.awsUrl}`);
    console.log(`Slipway ready on ${host.url}`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => ended.resolve(0));
    const status = await ended.promise;
    setTimeout(() => process.exit(status), STOP_TIMEOUT_MS).unref();
    await host.stop();
    return status;
  } finally {
    cleanUp();
  }
}
