import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { warmFunctions } from '../../bench/host/memory.ts';
import { usageOfTree } from '../../bench/tracking/process-tree.ts';
import { TestHost } from '../../support/host.ts';

describe.runIf(process.platform === 'linux')('memory of a host', () => {
  it('is below 150 MB at rest and 600 MB with sixteen functions warm', async () => {
    // Whoever is first compiles everything, and keeps the compiler.
    for (let i = 0; i < 2; i++) {
      const first = new TestHost();
      await first.start();
      await warmFunctions(first.awsUrl);
      await first.stop();
    }
    const host = new TestHost();
    await host.start();
    try {
      const residentMb = () => usageOfTree(host.pid).rssMb;
      // A busy host comes later to give back what its start has left.
      await pause(3000);
      await expect.poll(residentMb).toBeLessThan(150);
      await warmFunctions(host.awsUrl);
      await pause(2000);
      await expect.poll(residentMb).toBeLessThan(600);
    } finally {
      await host.stop();
    }
  });

  it('is bounded by what V8 and the allocator read at the start of a process only', async () => {
    const host = new TestHost();
    await host.start();
    const read = (file: string) => readFileSync(`/proc/${host.pid}/${file}`, 'utf8').split('\0');
    const [flags, variables] = [read('cmdline'), read('environ')];
    await host.stop();
    expect(flags).toContain('--max-semi-space-size=8');
    expect(variables).toContain('MALLOC_ARENA_MAX=2');
  });
});
