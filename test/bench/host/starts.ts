import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { TestHost } from '../../support/host.ts';
import { copySources } from '../../support/source-copy.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';
import { type Figure, round, single, spread } from '../figures.ts';
import { usageOfTree } from '../tracking/process-tree.ts';

const STARTS = 7;
const WARM_FUNCTIONS = 16;

/** From the start of the process to its ready line: built, and from a checkout without any cache. */
export async function benchStarts(): Promise<Figure[]> {
  const times: number[] = [];
  let cpuMs = 0;
  for (let i = 0; i < STARTS; i++) {
    const host = new TestHost();
    const started = performance.now();
    await host.start();
    times.push(performance.now() - started);
    cpuMs += usageOfTree(host.pid).cpuMs / STARTS;
    await host.stop();
  }
  const limits = [
    { of: 'p50', atMost: 1500 },
    { of: 'p50', atMost: 1000 },
  ] as const;
  return [
    spread('ready, built', 'ms', times, { limits, cpuMs: round(cpuMs) }),
    single('ready, from a fresh checkout', 's', await freshStart(), {
      limits: [{ of: 'value', atMost: 12 }],
    }),
  ];
}

async function freshStart(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-fresh-'));
  copySources(folder, { built: false });
  const started = performance.now();
  const child = spawn('npm', ['start', '--', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    output += chunk;
    if (output.includes('Slipway ready')) break;
  }
  const seconds = (performance.now() - started) / 1000;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.pid) process.kill(-child.pid, 'SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
  return seconds;
}

/** Resident memory of the host with its engine: at rest, and with sixteen functions warm. */
export async function benchMemory(): Promise<Figure[]> {
  const host = new TestHost();
  await host.start();
  try {
    await pause(3000);
    const idle = usageOfTree(host.pid).rssMb;
    const lambda = new LambdaClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    for (const { FunctionName } of Functions.slice(0, WARM_FUNCTIONS)) {
      // What it answers does not matter, only that its code is loaded.
      await fetch(`${host.awsUrl}/2015-03-31/functions/${FunctionName}/invocations`, {
        method: 'POST',
        headers: {
          authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request',
        },
        body: '{"Records":[]}',
      });
    }
    lambda.destroy();
    await pause(2000);
    const warm = usageOfTree(host.pid).rssMb;
    return [
      single('idle, resident', 'MB', idle, { limits: [{ of: 'value', atMost: 150 }] }),
      single(`${WARM_FUNCTIONS} warm functions, resident`, 'MB', warm, {
        limits: [{ of: 'value', atMost: 700 }],
      }),
    ];
  } finally {
    await host.stop();
  }
}
