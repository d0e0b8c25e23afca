import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { AwsError } from '../shared/aws-error.ts';
import type { Message, MessageStore, QueueSettings } from './message-store.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_BYTES = 1024 * 1024;
const LONGEST_WAIT_MS = 60_000;

/** The queues as the other services see them: by ARN, without HTTP. */
export class Queues {
  private readonly store: MessageStore;
  private readonly byName = new Map<string, QueueSettings>();
  private readonly arrivals = new EventEmitter({ captureRejections: false }).setMaxListeners(0);

  constructor(store: MessageStore) {
    this.store = store;
  }

  add(queue: QueueSettings): void {
    this.byName.set(queue.name, queue);
  }

  list(): QueueSettings[] {
    return [...this.byName.values()];
  }

  find(arnOrUrlOrName: string): QueueSettings {
    const name = arnOrUrlOrName.split(/[:/]/).at(-1) ?? '';
    const queue = this.byName.get(name);
    if (!queue) {
      throw new AwsError(
        'AWS.SimpleQueueService.NonExistentQueue',
        'The specified queue does not exist.',
      );
    }
    return queue;
  }

  /** Resolves once the message is on disk; its id. */
  send(
    queueArn: string,
    body: string,
    options: { attributes?: string; delayMs?: number } = {},
  ): string {
    const queue = this.find(queueArn);
    if (Buffer.byteLength(body) > MAX_BYTES || body.length === 0) {
      throw new AwsError('InvalidParameterValue', `A message has 1 to ${MAX_BYTES} bytes`);
    }
    const id = randomUUID();
    const delayMs = options.delayMs ?? queue.delayMs;
    this.store.send(queue, { id, body, attributes: options.attributes ?? '', delayMs });
    this.arrivals.emit(queue.name);
    return id;
  }

  /** Waits up to `waitMs` for the first message, then takes what is there. */
  async receive(
    queueArn: string,
    options: { max: number; waitMs: number; visibilityMs?: number; signal?: AbortSignal },
  ): Promise<Message[]> {
    const queue = this.find(queueArn);
    const deadline = Date.now() + options.waitMs;
    for (;;) {
      const visibilityMs = options.visibilityMs ?? queue.visibilityMs;
      const messages = this.store.receive(queue, options.max, visibilityMs);
      const left = deadline - Date.now();
      if (messages.length > 0 || left <= 0 || options.signal?.aborted) return messages;
      await this.arrival(queue, left, options.signal);
    }
  }

  delete(queueArn: string, receipt: string): void {
    this.store.delete(this.find(queueArn), receipt);
  }

  setVisibility(queueArn: string, receipt: string, visibilityMs: number): boolean {
    const queue = this.find(queueArn);
    const changed = this.store.setVisibility(queue, receipt, visibilityMs);
    this.arrivals.emit(queue.name);
    return changed;
  }

  releaseAll(queueArn: string): void {
    this.store.releaseAll(this.find(queueArn));
  }

  purge(queueArn: string): void {
    this.store.purge(this.find(queueArn));
  }

  counts(queueArn: string) {
    return this.store.counts(this.find(queueArn));
  }

  /** A new message, a hidden one that shows itself again, or the end of the wait. */
  private async arrival(queue: QueueSettings, waitMs: number, signal?: AbortSignal): Promise<void> {
    const next = this.store.nextVisible(queue);
    const ms = Math.min(waitMs, LONGEST_WAIT_MS, next ? Math.max(1, next - Date.now()) : waitMs);
    const timeout = AbortSignal.timeout(ms);
    const both = signal ? AbortSignal.any([timeout, signal]) : timeout;
    await once(this.arrivals, queue.name, { signal: both }).catch(() => {});
  }
}
