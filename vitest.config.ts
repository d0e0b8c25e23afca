import { defineConfig } from 'vitest/config';

const project = (name: string, extra: Record<string, unknown> = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    restoreMocks: true,
    unstubEnvs: true,
    ...extra,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('statemachines'),
      project('infra', { testTimeout: 60_000, hookTimeout: 60_000 }),
      // One host at a time: the tests start real processes, kill them and count what survived.
      project('integration', { testTimeout: 180_000, hookTimeout: 60_000, fileParallelism: false }),
    ],
  },
});
