import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { isImage } from '../../functions/shared/declare.ts';
import { allFunctions } from '../domains.ts';
import { addOnnxRuntime, ONNX_RUNTIME } from './onnx-package.ts';
import { DIST, MAPS, METAFILE, ROOT } from './paths.ts';
import { bareHttp } from './small-bundles/bare-http.ts';
import { bareVersions } from './small-bundles/bare-versions.ts';
import { nativeDigests } from './small-bundles/native-digests.ts';
import { noBlooms } from './small-bundles/no-blooms.ts';
import { noVariants } from './small-bundles/no-variants.ts';
import { pruneSchemas } from './small-bundles/prune-schemas.ts';

/** CommonJS packages inside an ESM bundle call `require`; the name must not clash with theirs. */
const REQUIRE_BANNER =
  "import{createRequire as slipwayCreateRequire}from'node:module';const require=slipwayCreateRequire(import.meta.url);";

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  sourcemap: 'external',
  sourcesContent: false,
  outExtension: { '.js': '.mjs' },
  banner: { js: REQUIRE_BANNER },
  alias: {
    '@aws-sdk/credential-provider-node': './lib/build/small-bundles/lambda-credentials.ts',
    '@smithy/core/event-streams': './lib/build/small-bundles/no-event-streams.ts',
  },
  external: [ONNX_RUNTIME],
  plugins: [bareHttp, bareVersions, pruneSchemas, nativeDigests, noBlooms, noVariants],
  absWorkingDir: ROOT,
  logLevel: 'warning',
};

/** One pass over all entry points: functions, the one at the edge, training images. */
export async function bundle(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  const images = readdirSync(join(ROOT, 'lib/training/images'));
  const { metafile } = await build({
    ...COMMON,
    metafile: true,
    outdir: DIST,
    entryPoints: [
      ...Object.entries(allFunctions)
        .filter(([, { entry }]) => !isImage(entry))
        .map(([name, { entry }]) => ({ in: entry, out: `functions/${name}/index` })),
      { in: 'lib/front/upload-door.ts', out: 'functions/upload-door/index' },
      ...images.map((image) => ({
        in: `lib/training/images/${image}/train.ts`,
        out: `images/${image}/train`,
      })),
    ],
  });
  writeFileSync(METAFILE, JSON.stringify(metafile));
  setMapsAside();
  await addOnnxRuntime(metafile);
  for (const image of images) {
    const dockerfile = join('images', image, 'Dockerfile');
    copyFileSync(join(ROOT, 'lib/training', dockerfile), join(DIST, dockerfile));
  }
}

/**
 * Moves each bundle's source map to `dist/maps/<sha256 of the bundle>.map`: what is deployed stays
 * small, and whoever has a bundle finds its map.
 */
function setMapsAside(): void {
  mkdirSync(MAPS);
  for (const file of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.mjs.map')) continue;
    const map = join(DIST, file);
    const bundle = readFileSync(map.slice(0, -'.map'.length));
    renameSync(map, join(MAPS, `${createHash('sha256').update(bundle).digest('hex')}.map`));
  }
}

/** Puts the `slipway` command where npm would put a dependency's: `node_modules/.bin`. */
export function linkCommand(): void {
  const target = join(ROOT, 'node_modules/.bin/slipway');
  writeFileSync(target, "#!/usr/bin/env node\nimport('../../lib/local/cli/launcher.mjs');\n");
  chmodSync(target, 0o755);
}
