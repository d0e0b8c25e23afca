import type { Deliver } from '../service.ts';
import type { DeliveryStore, NewDelivery, PendingDelivery } from './delivery-store.ts';

/** EventBridge's defaults: 24 hours, 185 attempts, with growing pauses. */
const MAX_AGE_MS = 24 * 3600_000;
const MAX_ATTEMPTS = 185;
const LONGEST_PAUSE_MS = 60_000;
const BATCH = 200;

/** Takes accepted deliveries to their targets, again and again until one takes it or time is up. */
export class Dispatcher {
  private readonly store: DeliveryStore;
  private readonly deliver: Deliver;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(store: DeliveryStore, deliver: Deliver) {
    this.store = store;
    this.deliver = deliver;
  }

  /** Resolves once the deliveries are on disk. */
  accept(deliveries: readonly NewDelivery[]): void {
    this.store.add(deliveries);
    this.schedule(0);
  }

  start(): void {
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(ms: number): void {
    if (this.stopped || this.running) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.run().finally(() => {
        this.running = undefined;
        const next = this.store.nextDue();
        if (next !== undefined) this.schedule(Math.max(0, next - Date.now()));
      });
    }, ms);
  }

  private async run(): Promise<void> {
    for (;;) {
      const due = this.store.due(BATCH);
      if (due.length === 0 || this.stopped) return;
      await Promise.all(due.map((one) => this.attempt(one)));
    }
  }

  private async attempt(one: PendingDelivery): Promise<void> {
    const { targetArn: arn, payload, name } = one;
    try {
      await this.deliver({ arn, payload, executionName: name });
      this.store.done(one.id);
    } catch (error) {
      const over = one.attempts + 1 >= MAX_ATTEMPTS || Date.now() - one.acceptedAt > MAX_AGE_MS;
      if (!over) {
        this.store.retry(one.id, Math.min(LONGEST_PAUSE_MS, 100 * 2 ** one.attempts));
        return;
      }
      console.error(`No delivery to ${arn}: ${String(error)}`);
      if (one.deadLetterArn) await this.deliver({ arn: one.deadLetterArn, payload });
      this.store.done(one.id);
    }
  }
}
