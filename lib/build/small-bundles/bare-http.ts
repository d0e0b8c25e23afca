import type { Plugin } from 'esbuild';

/**
 * Gives `node:http` and `node:https` to bundles as Node has them. To make an ES module of `node:http`,
 * as an import does, Node reads all of its members; for one of them, `WebSocket`, it brings up undici:
 * 14 MB and some 30 ms of processor time of each cold start.
 */
export const bareHttp: Plugin = {
  name: 'bare-http',
  setup(build) {
    const namespace = 'bare-http';
    build.onResolve({ filter: /^(?:node:)?https?$/ }, ({ path }) => ({
      path: path.startsWith('node:') ? path : `node:${path}`,
      namespace,
    }));
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
      loader: 'js',
    }));
  },
};
