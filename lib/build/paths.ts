import { join, resolve } from 'node:path';

/** The repository's root: every script of `package.json` runs there, the bundles lie two below. */
export const ROOT = resolve(import.meta.dirname, '../..');

export const DIST = join(ROOT, 'dist');

/** Folder of an environment's cloud assembly. */
export const assemblyDir = (environment: string) => join(ROOT, 'cdk.out', environment);
