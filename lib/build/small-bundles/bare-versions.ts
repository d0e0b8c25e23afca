import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/** An SDK client imports its `package.json`, of which it tells its version: the rest is 2 KiB of each bundle. */
export const bareVersions: Plugin = {
  name: 'bare-versions',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk\/[^/]+\/package\.json$/ }, (file) => {
      const { version } = JSON.parse(readFileSync(file.path, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};
