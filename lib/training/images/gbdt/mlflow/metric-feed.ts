import type { Metric } from './run-log.ts';

/** Milliseconds from one log call to the next: a reader sees a training about as it goes. */
const PERIOD_MS = 1000;

/**
 * Logs metrics while they come, all since the last call in one about every second, without holding up
 * whoever brings them. Metrics that could not be logged are tried again with the next ones; a run
 * that takes none costs the training nothing but a line of its output.
 */
export class MetricFeed {
  private readonly log: (metrics: readonly Metric[]) => Promise<void>;
  private readonly print: (line: string) => void;
  private waiting: Metric[] = [];
  private sending: Promise<void> | undefined;
  private lastCall: number;

  constructor(
    log: (metrics: readonly Metric[]) => Promise<void>,
    print: (line: string) => void,
    now: number = Date.now(),
  ) {
    this.log = log;
    this.print = print;
    this.lastCall = now;
  }

  /** Takes metrics; a call starts when none is under way and the last is long enough ago. */
  add(metrics: readonly Metric[], now: number = Date.now()): void {
    this.waiting.push(...metrics);
    if (this.sending || now - this.lastCall < PERIOD_MS) return;
    this.lastCall = now;
    this.sending = this.send().finally(() => {
      this.sending = undefined;
    });
  }

  /** Logs what is left. Never rejects. */
  async finish(): Promise<void> {
    await this.sending;
    if (this.waiting.length > 0) await this.send();
  }

  private async send(): Promise<void> {
    const metrics = this.waiting;
    this.waiting = [];
    try {
      await this.log(metrics);
    } catch (error) {
      this.waiting = [...metrics, ...this.waiting];
      const reason = error instanceof Error ? error.message : String(error);
      this.print(`${metrics.length} metrics are not logged: ${reason}`);
    }
  }
}
