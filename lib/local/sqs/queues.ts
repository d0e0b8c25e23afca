import { arn, parseArn } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import { Housekeeping } from '../shared/housekeeping.ts';
import type { MessageAttributes } from '../shared/message-attribute.ts';
import { type Message, MessageStore, type NewMessage, parseHandle } from './message-store.ts';
import { checkQueueName, type Queue, type QueueSettings, queueSettings } from './queue.ts';

const SWEEP_MS = 60_000;

export interface ReceiveOptions {
  readonly max: number;
  readonly waitMs: number;
  /** Default: the queue's own. */
  readonly visibilityMs?: number;
  readonly local?: boolean;
  readonly signal?: AbortSignal;
}

/** All queues: settings in memory, messages in SQLite, waiting receivers woken without polling. */
export class Queues {
  private readonly store: MessageStore;
  private readonly byName = new Map<string, Queue>();
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly sweep = new Housekeeping('Expired messages', SWEEP_MS, () =>
    this.store.removeExpired(Date.now()),
  );
  private closed = false;

  constructor(file: string) {
    this.store = new MessageStore(file);
    for (const { name, settings } of this.store.savedQueues()) {
      this.put(name, queueSettings.parse(JSON.parse(settings)));
    }
  }

  start(): void {
    this.sweep.start();
  }

  /** Long polls end empty-handed. */
  async stop(): Promise<void> {
    this.closed = true;
    await this.sweep.stop();
    for (const name of this.waiting.keys()) this.wake(name);
    this.store.close();
  }

  /** Throws `QueueDoesNotExist` when the dead-letter queue is unknown. */
  declare(name: string, settings: QueueSettings): Queue {
    checkQueueName(name);
    const dead = settings.RedrivePolicy?.deadLetterTargetArn;
    if (dead !== undefined) this.find(parseArn(dead).resource);
    return this.put(name, settings);
  }

  private put(name: string, settings: QueueSettings): Queue {
    const queue = { ...settings, name, arn: arn('sqs', name), created: Date.now() };
    this.byName.set(name, queue);
    return queue;
  }

  /** As `declare`, kept over restarts. */
  create(name: string, settings: QueueSettings): Queue {
    const queue = this.declare(name, settings);
    this.store.saveQueue(name, JSON.stringify(settings));
    return queue;
  }

  list(): Queue[] {
    return [...this.byName.values()];
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** Throws `QueueDoesNotExist`. */
  find(name: string): Queue {
    const queue = this.byName.get(name);
    if (!queue) {
      throw new AwsError('QueueDoesNotExist', `The specified queue does not exist: ${name}`);
    }
    return queue;
  }

  /** Resolves with the messages' ids once they are durable. */
  async send(queue: Queue, messages: readonly NewMessage[]): Promise<string[]> {
    const ids = await this.store.add(queue, messages, Date.now());
    this.wake(queue.name);
    return ids;
  }

  /** Waits up to `waitMs` for the first message. */
  async receive(queue: Queue, options: ReceiveOptions): Promise<Message[]> {
    const { max, waitMs, local = false, signal } = options;
    const visibilityMs = options.visibilityMs ?? queue.VisibilityTimeout * 1000;
    const dead = queue.RedrivePolicy?.deadLetterTargetArn;
    const deadLetters = dead === undefined ? undefined : this.find(parseArn(dead).resource);
    const deadline = Date.now() + waitMs;
    for (;;) {
      if (this.closed || signal?.aborted) return [];
      const now = Date.now();
      const take = { max, visibilityMs, local };
      const { taken, buried } = this.store.take(queue, deadLetters, take, now);
      if (deadLetters && buried > 0) this.wake(deadLetters.name);
      if (taken.length > 0 || now >= deadline) return taken;
      const due = Math.min(deadline, this.store.nextVisible(queue.name));
      await this.arrival(queue.name, due - now, signal);
    }
  }

  /** Rejects with `ReceiptHandleIsInvalid` for what is no handle; a stale one deletes nothing. */
  async delete(queue: Queue, receiptHandles: readonly string[]): Promise<void> {
    await this.store.delete(queue.name, receiptHandles.map(handleOf));
  }

  /** As `MessageStore.fail`; throws `ReceiptHandleIsInvalid`. */
  fail(queue: Queue, receiptHandles: readonly string[]): void {
    this.store.fail(queue.name, receiptHandles.map(handleOf));
  }

  /** Counts from now. Throws `MessageNotInflight` when the handle no longer holds the message. */
  setVisibility(queue: Queue, receiptHandle: string, visibilityMs: number): void {
    const now = Date.now();
    const handle = handleOf(receiptHandle);
    if (!this.store.setVisible(queue.name, handle, now + visibilityMs, now)) {
      throw new AwsError('MessageNotInflight', 'The message is not in flight');
    }
    this.wake(queue.name);
  }

  counts(queue: Queue) {
    return this.store.counts(queue.name, Date.now());
  }

  /** Empties one queue, or all. */
  purge(queue?: Queue): void {
    this.store.purge(queue?.name);
  }

  private wake(name: string): void {
    for (const resume of [...(this.waiting.get(name) ?? [])]) resume();
  }

  /** Ends with a message, after `ms`, or when the wait is called off. */
  private arrival(name: string, ms: number, signal: AbortSignal | undefined): Promise<void> {
    const waiting = this.waiting.get(name) ?? new Set();
    this.waiting.set(name, waiting);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(ms, 1));
      waiting.add(done);
      signal?.addEventListener('abort', done);
    });
  }
}

/** Throws `ReceiptHandleIsInvalid`. */
export function handleOf(text: string) {
  const handle = parseHandle(text);
  if (!handle) {
    throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  }
  return handle;
}

/** Plain texts as string attributes of a message. */
export const stringAttributes = (values: Readonly<Record<string, string>>): MessageAttributes =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { DataType: 'String', StringValue: value },
    ]),
  );
