/** Work of a service that nobody waits for: forgetting what is too old. */
export class Housekeeping {
  private readonly what: string;
  private readonly everyMs: number;
  private readonly work: (signal: AbortSignal) => void | Promise<void>;
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /** `what`: what stays for now when the work fails, for example on a full disk; it is tried again next time. */
  constructor(what: string, everyMs: number, work: (signal: AbortSignal) => void | Promise<void>) {
    this.what = what;
    this.everyMs = everyMs;
    this.work = work;
  }

  /** Works at once and then at intervals. */
  start(): void {
    void this.run();
    this.timer = setInterval(() => void this.run(), this.everyMs);
  }

  /** Resolves when the work is done; one call at a time, others join it. Never rejects. */
  run(): Promise<void> {
    this.running ??= (async () => this.work(this.stopping.signal))()
      .catch((error: unknown) => console.error(`${this.what} stay for now:`, error))
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  /** Waits for what is at work, which is told to end. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.running;
  }
}

export const HOURLY_MS = 3600_000;
