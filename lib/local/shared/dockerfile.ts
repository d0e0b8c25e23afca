import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of the build of an image, by its URI; throws for an image that is no asset of the template. */
export type ImageFolder = (uri: string) => string;

/** The command of an image: ENTRYPOINT of its Dockerfile, a JSON list. Throws an Error when there is none. */
export function dockerEntrypoint(folder: string): string[] {
  const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const lines = dockerfile.replaceAll(/\\\r?\n/g, ' ').split('\n');
  const last = lines.findLast((line) => /^\s*ENTRYPOINT\s/i.test(line));
  if (last === undefined) throw new Error('The Dockerfile has no ENTRYPOINT');
  try {
    const command: unknown = JSON.parse(last.replace(/^\s*ENTRYPOINT\s+/i, ''));
    if (Array.isArray(command) && command.length > 0) return command.map(String);
  } catch {
    // Answered below, like any other form.
  }
  throw new Error('ENTRYPOINT of the Dockerfile must be a JSON list');
}
