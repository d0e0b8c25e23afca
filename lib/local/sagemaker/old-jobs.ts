import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a job made is in its bucket; its log, and the folder of one that failed, stay this long. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

/** Deletes logs and folders of jobs that nothing was written to for 30 days. */
export async function forgetOldJobs(
  dataDir: string,
  now: number,
  isRunning: (name: string) => boolean,
): Promise<void> {
  await forgetOld(join(dataDir, 'logs', 'training'), '.log', now, isRunning);
  await forgetOld(join(dataDir, 'sagemaker'), '', now, isRunning);
}

/** Deletes what lies in a folder under names with this ending and was not written to for 30 days. */
export async function forgetOld(
  folder: string,
  ending: string,
  now: number,
  inUse: (name: string) => boolean,
): Promise<void> {
  for (const entry of await readdir(folder).catch(() => [])) {
    const path = join(folder, entry);
    // Who uses it may remove it meanwhile.
    const found = await stat(path).catch(() => undefined);
    const name = entry.slice(0, entry.length - ending.length);
    if (found && now - found.mtimeMs > KEPT_MS && !inUse(name)) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
