import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Capacity units and calls that Slipway's functions published so far. */
interface Consumed {
  readonly requests: number;
  readonly read: number;
  readonly write: number;
}

interface MetricLine {
  readonly Requests?: number;
  readonly ReadUnits?: number;
  readonly WriteUnits?: number;
}

/**
 * Sums what the functions of runs, traces and artifacts logged since the last call (embedded metric format). Log files
 * rotate at 16 MB: between two calls a function may write less than that.
 */
export class ConsumedUnits {
  private readonly folder: string;
  private readonly read = new Map<string, number>();

  constructor(dataDir: string) {
    this.folder = join(dataDir, 'logs');
  }

  since(): Consumed {
    const total = { requests: 0, read: 0, write: 0 };
    for (const name of readdirSync(this.folder)) {
      if (!/(artifacts|traces|tracking).*\.log$/.test(name)) continue;
      for (const line of this.fresh(join(this.folder, name))) {
        if (!line.includes('WriteUnits')) continue;
        const metric = JSON.parse(line) as MetricLine;
        total.requests += metric.Requests ?? 0;
        total.read += metric.ReadUnits ?? 0;
        total.write += metric.WriteUnits ?? 0;
      }
    }
    return total;
  }

  private fresh(file: string): string[] {
    const text = readFileSync(file);
    const known = this.read.get(file) ?? 0;
    this.read.set(file, text.length);
    // Shorter than it was: the file was rotated.
    const before = known <= text.length ? [] : [readFileSync(`${file}.1`).subarray(known)];
    const parts = before.length > 0 ? [...before, text] : [text.subarray(known)];
    return Buffer.concat(parts).toString('utf8').split('\n');
  }
}
