import { defineConfig } from 'vitest/config';
import { PATIENCE_MS, TEST_TIMEOUT_MS } from './test/support/patience.ts';

const project = (name: string, extra: Record<string, unknown> = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: 'test/support/temporary-files.ts',
    restoreMocks: true,
    unstubEnvs: true,
    // Real engines, threads and processes on busy cores.
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: TEST_TIMEOUT_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
    // What functions log and meter is not what a test's reader looks for.
    env: { POWERTOOLS_METRICS_DISABLED: 'true', POWERTOOLS_LOG_LEVEL: 'SILENT' },
    ...extra,
  },
});

export default defineConfig({
  test: {
    // Half of the time a test waits for an engine or a process of its own; by default one core stays idle.
    maxWorkers: '100%',
    projects: [
      project('unit'),
      project('statemachines'),
      project('infra'),
      // One host at a time: the tests start real processes, kill them and count what survived.
      project('integration', { fileParallelism: false }),
    ],
  },
});
