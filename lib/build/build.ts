import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assemblyDir, DIST, ROOT } from './paths.ts';
import { sourcesHash } from './sources-hash.ts';
import { builtFromCurrentSources, writeStamp } from './stamp.ts';

/**
 * Bundles everything and synthesizes the development template; does nothing when the sources are
 * those of the last build. Only `npm run synth` and a deployment let CDK validate the template.
 */
const built = [DIST, assemblyDir('dev'), join(ROOT, 'node_modules/.bin/slipway')].every(existsSync);
if (!built || !builtFromCurrentSources()) {
  // Taken before the build: what is edited meanwhile counts as changed for the next one.
  const hash = sourcesHash();
  const started = performance.now();
  const { bundle, linkCommand } = await import('./bundle.ts');
  await bundle();
  linkCommand();
  const bundled = performance.now();
  const { synthesize } = await import('./synthesize.ts');
  await synthesize('dev', { validate: false });
  const done = performance.now();
  writeStamp(hash);
  const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
  console.log(
    `Built: bundles ${seconds(started, bundled)} s, template ${seconds(bundled, done)} s`,
  );
}
