import { existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Gives the files of a folder second names in another one. What is named after its content and therefore never
 * changes: a folder that is there is the same one.
 */
export function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      if (!existsSync(target)) linkFolder(source, target);
    } else {
      rmSync(target, { force: true });
      linkSync(source, target);
    }
  }
}
