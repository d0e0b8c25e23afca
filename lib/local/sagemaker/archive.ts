import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Packs a folder's content into a .tar.gz; false when the folder is empty. */
export async function archive(folder: string, file: string): Promise<boolean> {
  if ((await readdir(folder)).length === 0) return false;
  await run('tar', ['-czf', file, '-C', folder, '.']);
  return true;
}

/** Files below a folder, as paths relative to it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
