import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A disk of its own with little room: a tmpfs, which Linux lets root mount, and the `sudo` of a CI
 * machine. Where neither is to be had there is no such disk, and nothing stands in for it.
 */
export class SmallDisk {
  readonly path = mkdtempSync(join(tmpdir(), 'slipway-disk-'));
  private readonly sudo: readonly string[];

  private constructor(megabytes: number, sudo: readonly string[]) {
    this.sudo = sudo;
    const options = `size=${megabytes}m,mode=0777`;
    this.run('mount', '-t', 'tmpfs', '-o', options, 'slipway-test', this.path);
  }

  /** Undefined when this machine does not let its user mount one. */
  static mount(megabytes: number): SmallDisk | undefined {
    for (const sudo of [[], ['sudo', '-n']]) {
      try {
        return new SmallDisk(megabytes, sudo);
      } catch {
        // Not this way.
      }
    }
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
    this.run('umount', this.path);
    rmSync(this.path, { recursive: true, force: true });
  }

  private get filler(): string {
    return join(this.path, 'filler');
  }

  private run(command: string, ...args: string[]): void {
    const [program = command, ...rest] = [...this.sudo, command, ...args];
    execFileSync(program, rest, { stdio: 'ignore' });
  }
}
