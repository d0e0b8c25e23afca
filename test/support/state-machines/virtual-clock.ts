import type { Clock } from '../../../lib/local/stepfunctions/engine/clock.ts';

interface Sleeper {
  readonly time: number;
  readonly wake: () => void;
}

/**
 * A clock that stands still while there is work and jumps to the next sleeper when there is none:
 * retries and waits take no time. Milliseconds.
 */
export class VirtualClock implements Clock {
  private time: number;
  private busy = 0;
  private readonly sleepers = new Set<Sleeper>();

  constructor(start: number) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  sleepUntil(time: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (time <= this.time) return resolve();
      const stop = () => {
        this.sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper: Sleeper = { time, wake };
      this.sleepers.add(sleeper);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** Work that takes real time: the clock stands still until it is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.busy += 1;
    try {
      return await work();
    } finally {
      this.busy -= 1;
    }
  }

  /** Moves time on until `work` settles. Throws when it waits for what can never come. */
  async drive<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settled = work.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, this.busy > 0 ? 1 : 0));
      if (done) return settled;
      if (this.busy > 0) continue;
      if (this.sleepers.size === 0) throw new Error('The execution waits for ever');
      this.jump();
    }
  }

  private jump(): void {
    this.time = Math.min(...[...this.sleepers].map(({ time }) => time));
    for (const sleeper of [...this.sleepers]) {
      if (sleeper.time > this.time) continue;
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
