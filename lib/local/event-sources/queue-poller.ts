import type { LambdaInvoker } from '../service.ts';
import { LOCAL_REGION } from '../shared/arn.ts';
import type { Message } from '../sqs/message-store.ts';
import type { Queues } from '../sqs/queues.ts';
import { failedItems } from './batch-response.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';

const IDLE_WAIT_MS = 20_000;

/** Feeds a function from a queue: what it handled is deleted, the rest comes back after its time. */
export class QueuePoller {
  private readonly mapping: EventSourceMapping;
  private readonly queues: Queues;
  private readonly lambda: LambdaInvoker;
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(mapping: EventSourceMapping, queues: Queues, lambda: LambdaInvoker) {
    this.mapping = mapping;
    this.queues = queues;
    this.lambda = lambda;
  }

  start(): void {
    // No consumer survived the last process: what it held is nobody's now.
    this.queues.releaseAll(this.mapping.sourceArn);
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const { sourceArn, batchSize } = this.mapping;
    while (!signal.aborted) {
      const messages = await this.queues.receive(sourceArn, {
        max: batchSize,
        waitMs: IDLE_WAIT_MS,
        signal,
      });
      if (messages.length > 0) await this.handle(messages);
    }
  }

  private async handle(messages: readonly Message[]): Promise<void> {
    const { sourceArn, functionArn, reportsItemFailures } = this.mapping;
    const event = { Records: messages.map((message) => toRecord(message, sourceArn)) };
    const result = await this.lambda
      .invoke(functionArn, JSON.stringify(event))
      .catch(() => ({ payload: '{}', functionError: 'Unhandled' as const }));
    const ids = messages.map(({ id }) => id);
    const failed = failedItems(result, ids, reportsItemFailures);
    for (const message of messages) {
      if (!failed.has(message.id)) this.queues.delete(sourceArn, message.receipt);
    }
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function toRecord(message: Message, eventSourceARN: string) {
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: String(message.sentAt),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    },
    messageAttributes: message.attributes ? JSON.parse(message.attributes) : {},
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: LOCAL_REGION,
  };
}
