import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './paths.ts';
import { sourcesHash } from './sources-hash.ts';

/** Which sources the last build was made from. */
const STAMP = join(ROOT, '.cache/build-hash');

export function builtFromCurrentSources(): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sourcesHash();
}

export function writeStamp(hash: string): void {
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, hash);
}
