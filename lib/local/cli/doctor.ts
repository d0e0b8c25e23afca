import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { assemblyDir, buildCommand } from '../../build/paths.ts';
import { builtFromCurrentSources } from '../../build/stamp.ts';
import { readAddress } from '../address-file.ts';
import { misplacedEntry } from '../data-dir/entries.ts';
import { readLayout } from '../data-dir/layout.ts';
import { LAYOUT_VERSION } from '../data-dir/migrations.ts';
import { engineBinary } from '../dynamodb/engine-process.ts';
import { messageOf } from '../shared/message-of.ts';
import { damagedDatabases } from './check-databases.ts';
import { operatorOptions } from './operator-options.ts';
import { print, tableLines } from './print.ts';
import { port } from './start-options.ts';

/** Less than this and a training run or a model may not fit. */
const MIN_FREE_BYTES = 2e9;

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failure';
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** `slipway doctor`: what would keep a host from starting here; exit status 1 when something would. */
export async function doctor(args: readonly string[]): Promise<number> {
  const { values } = operatorOptions(args, {
    port: { type: 'string', default: '5000' },
    'aws-port': { type: 'string', default: '0' },
    environment: { type: 'string', default: 'dev' },
  });
  const dataDir = resolve(values['data-dir']);
  const awsPort = port(values['aws-port'], '--aws-port');
  const findings = [
    checkNode(),
    checkEngine(),
    checkBuild(values.environment),
    checkDataDir(dataDir),
    checkDatabases(dataDir),
    checkDisk(dataDir),
    await checkPort(port(values.port, '--port'), dataDir),
    // 0 is any that is free.
    ...(awsPort === 0 ? [] : [await checkPort(awsPort, dataDir)]),
  ];
  print(values.json, { checks: findings }, () =>
    tableLines(
      findings.map((one) => [
        one.state,
        one.check,
        one.advice ? `${one.found}: ${one.advice}` : one.found,
      ]),
    ),
  );
  return findings.some(({ state }) => state === 'failure') ? 1 : 0;
}

function checkNode(): Finding {
  const found = process.version;
  const fits = Number(process.versions.node.split('.')[0]) >= 24;
  if (fits) return { check: 'Node', state: 'ok', found };
  return { check: 'Node', state: 'failure', found, advice: 'run `npm ci`, which brings Node 24' };
}

function checkEngine(): Finding {
  const check = 'DynamoDB engine';
  try {
    engineBinary();
    return { check, state: 'ok', found: `for ${process.platform}-${process.arch}` };
  } catch (error) {
    const found = messageOf(error);
    return { check, state: 'failure', found, advice: 'run `npm ci` on this very machine' };
  }
}

function checkBuild(environment: string): Finding {
  const check = 'build';
  const advice = `run \`${buildCommand(environment)}\``;
  if (!existsSync(assemblyDir(environment))) {
    return { check, state: 'failure', found: `nothing is built for ${environment}`, advice };
  }
  if (builtFromCurrentSources()) return { check, state: 'ok', found: 'made from these sources' };
  return { check, state: 'warning', found: 'made from older sources', advice };
}

function checkDataDir(dataDir: string): Finding {
  const check = 'data directory';
  const existing = nearestExisting(dataDir);
  if (!statSync(existing).isDirectory()) {
    const advice = 'choose another with --data-dir';
    return { check, state: 'failure', found: `${existing} is no directory`, advice };
  }
  try {
    accessSync(existing, constants.W_OK);
  } catch {
    const advice = 'choose another with --data-dir, or change its owner';
    return { check, state: 'failure', found: `${existing} cannot be written`, advice };
  }
  const misplaced = misplacedEntry(dataDir);
  if (misplaced) return { check, state: 'failure', found: misplaced, advice: 'move it away' };
  const layout = readLayout(dataDir) ?? LAYOUT_VERSION;
  if (layout === LAYOUT_VERSION) return { check, state: 'ok', found: dataDir };
  if (layout < LAYOUT_VERSION) {
    const found = `${dataDir} has layout ${layout}`;
    const advice = `the next start backs it up and brings it to ${LAYOUT_VERSION}`;
    return { check, state: 'warning', found, advice };
  }
  const found = `${dataDir} has layout ${layout}, this release reads ${LAYOUT_VERSION}`;
  return { check, state: 'failure', found, advice: 'use the release that wrote it' };
}

function checkDatabases(dataDir: string): Finding {
  const check = 'databases';
  const damaged = damagedDatabases(dataDir);
  if (damaged.length === 0) return { check, state: 'ok', found: 'whole' };
  const advice = 'put back the data directory from a backup';
  return { check, state: 'failure', found: damaged.join('; '), advice };
}

function checkDisk(dataDir: string): Finding {
  const { bavail, bsize } = statfsSync(nearestExisting(dataDir));
  const free = bavail * bsize;
  const found = `${(free / 1e9).toFixed(1)} GB free`;
  if (free >= MIN_FREE_BYTES) return { check: 'disk', state: 'ok', found };
  return { check: 'disk', state: 'warning', found, advice: 'make room, or use another --data-dir' };
}

async function checkPort(wanted: number, dataDir: string): Promise<Finding> {
  const check = `port ${wanted}`;
  const own = readAddress(dataDir);
  if (own && [own.url, own.aws_url].some((url) => Number(new URL(url).port) === wanted)) {
    return { check, state: 'ok', found: `Slipway runs there, process ${own.pid}` };
  }
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(wanted, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  if (free) return { check, state: 'ok', found: 'free' };
  return {
    check,
    state: 'failure',
    found: 'in use by another program',
    advice: 'choose another with --port or --aws-port',
  };
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}
