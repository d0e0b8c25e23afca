import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assemblyDir, MAPS, ROOT } from '../../build/paths.ts';
import { lockFolder } from '../data-dir/lock.ts';
import { linkFolder } from '../shared/link-folder.ts';

/** The build that a host runs, out of the way of those that follow it. */
export interface RunningBuild {
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  /** Folder of the bundles' source maps. */
  readonly maps: string;
  /** Takes in what was built since, beside what was there before. */
  readonly renew: () => void;
  /** Gives up what is not of the latest build. */
  readonly prune: () => void;
  readonly release: () => void;
}

const FOLDER = join(ROOT, '.cache/running');

/**
 * Gives an environment's build second names in a folder of this process: a function may be called for the
 * first time long after other code was built. Folders have numbers that later hosts take over, so that one
 * that was killed leaves no more than one behind, and what Node compiled is found again under its path.
 * Where there can be no second names (a read-only disk, another user's files), the build is used as it lies.
 */
export function runningBuild(environment: string): RunningBuild {
  const source = assemblyDir(environment);
  try {
    return linkedBuild(source, freeFolder());
  } catch {
    const nothing = () => {};
    return { assembly: source, maps: MAPS, renew: nothing, prune: nothing, release: nothing };
  }
}

type Taken = ReturnType<typeof freeFolder>;

function freeFolder() {
  for (let number = 1; ; number++) {
    const folder = join(FOLDER, String(number));
    const lock = lockFolder(folder);
    if (lock) return { folder, lock };
  }
}

function linkedBuild(source: string, { folder, lock }: Taken): RunningBuild {
  const copies = [
    { from: source, to: join(folder, 'assembly') },
    { from: MAPS, to: join(folder, 'maps') },
  ] as const;
  const link = () => {
    for (const { from, to } of copies) linkFolder(from, to);
  };
  const release = () => {
    for (const { to } of copies) rmSync(to, { recursive: true, force: true });
    lock.close();
  };
  try {
    for (const { to } of copies) rmSync(to, { recursive: true, force: true });
    link();
  } catch (error) {
    release();
    throw error;
  }
  const [assembly, maps] = copies;
  return {
    assembly: assembly.to,
    maps: maps.to,
    renew: link,
    prune: () => {
      for (const { from, to } of copies) removeOthers(from, to);
    },
    release,
  };
}

function removeOthers(from: string, to: string): void {
  const kept = new Set(readdirSync(from));
  for (const name of readdirSync(to)) {
    if (!kept.has(name)) rmSync(join(to, name), { recursive: true });
  }
}
