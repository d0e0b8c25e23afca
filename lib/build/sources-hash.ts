import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.ts';

/** Everything that the bundles and the template are made from. */
const SOURCES = ['functions', 'lib', 'statemachines', 'package-lock.json', 'package.json'];

/** A digest of the sources; bundles and templates made from equal sources are reused. */
export function sourcesHash(): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of SOURCES.flatMap((name) => listFiles(name))) {
    hash.update(file).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}

function listFiles(name: string): string[] {
  if (name.includes('.')) return [name];
  return readdirSync(join(ROOT, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}
