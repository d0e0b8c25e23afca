import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';

/** A tmpfs on a folder, and who may go there. */
interface Mounted {
  /** The folder as programs reach it that were begun with `enter`; by default the one that was asked for. */
  readonly path?: string;
  /** The folder as this process reaches it. */
  readonly reach: string;
  /** What a command that is to see the disk begins with. */
  readonly enter: readonly string[];
  readonly unmount: () => void;
}

/**
 * A disk of its own with little room: a tmpfs, which Linux lets root mount, and the `sudo` of a CI
 * machine, and everybody in a namespace of his own. Where none may, in a container without privileges,
 * the shared memory that it was given is one (64 MB if nobody asked for more). A limit on the size of files would be none: it is
 * another error than a full disk's, and ends a program that does not expect its signal, as the engine.
 */
export class SmallDisk {
  /** Where programs that were begun with `enter` find it. */
  readonly path: string;
  readonly enter: readonly string[];
  private readonly folder: string;
  private readonly mounted: Mounted;

  private constructor(path: string, mounted: Mounted) {
    this.folder = path;
    this.path = mounted.path ?? path;
    this.mounted = mounted;
    this.enter = mounted.enter;
  }

  /** Undefined when this machine has no way for its user. */
  static async mount(megabytes: number): Promise<SmallDisk | undefined> {
    const path = mkdtempSync(join(tmpdir(), 'slipway-disk-'));
    for (const way of WAYS) {
      try {
        return new SmallDisk(path, await way(path, megabytes));
      } catch {
        // Not this way.
      }
    }
    rmSync(path, { recursive: true });
    return undefined;
  }

  /** Takes every byte that is left. */
  fill(): void {
    const file = openSync(this.filler, 'a');
    try {
      for (let size = 1 << 20; size >= 1; ) {
        try {
          if (writeSync(file, Buffer.alloc(size)) < size) size >>= 1;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size >>= 1;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  /** Gives back what `fill` took. */
  free(): void {
    rmSync(this.filler, { force: true });
  }

  unmount(): void {
    this.mounted.unmount();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get filler(): string {
    return join(this.mounted.reach, 'filler');
  }
}

type Way = (path: string, megabytes: number) => Mounted | Promise<Mounted>;

const mountCommand = (path: string, megabytes: number) => {
  const options = `size=${megabytes}m,mode=0777`;
  return ['mount', '-t', 'tmpfs', '-o', options, 'slipway-test', path];
};

const mountedAs =
  (...sudo: string[]): Way =>
  (path, megabytes) => {
    const run = (...words: string[]) => {
      const [program = '', ...rest] = [...sudo, ...words];
      execFileSync(program, rest, { stdio: 'ignore' });
    };
    run(...mountCommand(path, megabytes));
    return { reach: path, enter: [], unmount: () => run('umount', path) };
  };

/** Mounted for a process that waits, and for those that join its namespaces; gone with the last of them. */
const inNamespace: Way = async (path, megabytes) => {
  const script = '"$@" && echo mounted && exec sleep infinity';
  const holder = spawn(
    'unshare',
    ['-rm', 'sh', '-c', script, 'sh', ...mountCommand(path, megabytes)],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('exit', () => reject(new Error('No namespace, or no mount in it')));
    holder.stdout.once('data', () => resolve());
  });
  const target = ['-t', String(holder.pid), '-U', '-m'];
  return {
    reach: join(`/proc/${holder.pid}/root`, path),
    enter: ['nsenter', '--preserve-credentials', ...target],
    unmount: () => void holder.kill('SIGKILL'),
  };
};

/** Filled to its end while the test runs, so only where it is a container's own. */
const sharedMemory: Way = (_, megabytes) => {
  const { bsize, blocks, bavail } = statfsSync(SHARED_MEMORY);
  if (blocks * bsize > 4e6 * megabytes) throw new Error('More than one test may fill');
  if (bavail * bsize < 0.5e6 * megabytes) throw new Error('Too little to begin with');
  const path = mkdtempSync(join(SHARED_MEMORY, 'slipway-disk-'));
  const unmount = () => rmSync(path, { recursive: true, force: true });
  return { path, reach: path, enter: [], unmount };
};

const WAYS: readonly Way[] = [mountedAs(), mountedAs('sudo', '-n'), inNamespace, sharedMemory];
