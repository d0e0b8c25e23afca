import type { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';

/** Deliveries before a message goes to the dead letters. */
const MAX_RECEIVES = 5;

/** A queue whose unhandled messages go to a dead-letter queue. */
export class QueueWithDeadLetters extends Construct {
  readonly queue: Queue;
  readonly deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, options: { name: string; visibility: Duration }) {
    super(scope, id);
    this.deadLetters = new DeadLetterQueue(this, 'dead-letters', `${options.name}-dead`);
    this.queue = new Queue(this, 'queue', {
      queueName: options.name,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: options.visibility,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}
