import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../lib/build/paths.ts';

/** What `slipway start` and a build before it are made of. */
const SOURCES = ['functions', 'lib', 'statemachines', 'package.json', 'package-lock.json'];

/** What a build leaves, and that it was made of these sources. */
const BUILT = ['dist', 'cdk.out', '.cache/build-hash'];

/**
 * A checkout in another folder, in which a test may change sources and build; with `built`, as it stands
 * here. Packages are the same ones by links, each of its own, for a build writes beside them.
 */
export function copySources(folder: string, { built }: { readonly built: boolean }): void {
  for (const name of built ? [...SOURCES, ...BUILT] : SOURCES) {
    if (existsSync(join(ROOT, name))) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    }
  }
  const packages = join(ROOT, 'node_modules');
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(packages)) {
    const [from, to] = [join(packages, name), join(folder, 'node_modules', name)];
    if (name === '.bin') cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(from, to);
  }
}
