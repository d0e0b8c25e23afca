import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copySources } from '../../support/host/source-copy.ts';
import { TestHost } from '../../support/host.ts';
import { type Figure, round, single, spread } from '../figures.ts';
import { usageOfTree } from '../tracking/process-tree.ts';

const STARTS = 7;

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
