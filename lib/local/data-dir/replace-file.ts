import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Either the old content or the new one is there after a power cut. */
export function replaceFile(file: string, content: string, mode = 0o666): void {
  const draft = `${file}.new`;
  writeFileSync(draft, content, { flush: true, mode });
  renameSync(draft, file);
  const folder = openSync(join(file, '..'), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
