import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemblyDir, DIST, ROOT } from './paths.ts';
import { sourcesHash } from './sources-hash.ts';

/**
 * Bundles everything and synthesizes the development template; does nothing when the sources are
 * those of the last build. `CI` and `npm run synth` validate the template, a local build need not.
 */
const stamp = join(ROOT, '.cache/build-hash');
const hash = sourcesHash();
const built = [DIST, assemblyDir('dev'), join(ROOT, 'node_modules/.bin/slipway')].every(existsSync);
if (!built || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  const started = performance.now();
  const { bundle, linkCommand } = await import('./bundle.ts');
  await bundle();
  linkCommand();
  const bundled = performance.now();
  const { synthesize } = await import('./synthesize.ts');
  await synthesize('dev', { validate: false });
  const done = performance.now();
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  writeFileSync(stamp, hash);
  const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
  console.log(
    `Built: bundles ${seconds(started, bundled)} s, template ${seconds(bundled, done)} s`,
  );
}
