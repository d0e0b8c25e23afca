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
  for (const [folder, ending] of [
    [join(dataDir, 'logs', 'training'), '.log'],
    [join(dataDir, 'sagemaker'), ''],
  ] as const) {
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      const job = name.slice(0, name.length - ending.length);
      // A job that ends meanwhile removes its folder itself.
      const found = await stat(path).catch(() => undefined);
      if (found && now - found.mtimeMs > KEPT_MS && !isRunning(job)) {
        await rm(path, { recursive: true, force: true });
      }
    }
  }
}
