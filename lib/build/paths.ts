import { join, resolve } from 'node:path';

/** The repository's root: every script of `package.json` runs there, the bundles lie two below. */
export const ROOT = resolve(import.meta.dirname, '../..');

export const DIST = join(ROOT, 'dist');

/** Source maps, by the digest of the bundle they belong to. */
export const MAPS = join(DIST, 'maps');

/** What each bundle is made of, as esbuild says it. */
export const METAFILE = join(DIST, 'meta.json');

/** Folder of an environment's cloud assembly. */
export const assemblyDir = (environment: string) => join(ROOT, 'cdk.out', environment);

/** The command that writes the assembly of an environment: a build writes that of `dev` only. */
export const buildCommand = (environment: string) =>
  environment === 'dev' ? 'npm run build' : `npm run synth -- -c environment=${environment}`;
