import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Either the old content or the new one is there after a power cut. */
export function replaceFile(file: string, content: string, mode = 0o666): void {
  const draft = `${file}.new`;
  writeFileSync(draft, content, { flush: true, mode });
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/** The names in a folder are there after a power cut. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
