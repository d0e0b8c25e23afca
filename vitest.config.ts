import { defineConfig } from 'vitest/config';

const project = (name: string, extra: Record<string, unknown> = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: 'test/support/temporary-files.ts',
    restoreMocks: true,
    unstubEnvs: true,
    // What functions log and meter is not what a test's reader looks for.
    env: { POWERTOOLS_METRICS_DISABLED: 'true', POWERTOOLS_LOG_LEVEL: 'SILENT' },
    ...extra,
  },
});

export default defineConfig({
  test: {
    projects: [
      // Real engines and threads on two busy cores: a limit that only a hang reaches.
      project('unit', { testTimeout: 30_000, hookTimeout: 30_000 }),
      project('statemachines', { testTimeout: 30_000 }),
      project('infra', { testTimeout: 180_000, hookTimeout: 60_000 }),
      // One host at a time: the tests start real processes, kill them and count what survived.
      project('integration', { testTimeout: 180_000, hookTimeout: 60_000, fileParallelism: false }),
    ],
  },
});
