import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarm } from './alarm.ts';

/** Deliveries before a message goes to the dead letters. */
const MAX_RECEIVES = 5;

/** A queue whose unhandled messages are kept for 14 days and ring an alarm. */
export class QueueWithDeadLetters extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, options: { name: string; visibility: Duration }) {
    super(scope, id);
    this.deadLetters = deadLetterQueue(this, 'dead-letters', `${options.name}-dead`);
    this.queue = new Queue(this, 'queue', {
      queueName: options.name,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: options.visibility,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}

/** Where a queue, a rule or a stream puts what it could not deliver. */
export function deadLetterQueue(scope: Construct, id: string, queueName: string): Queue {
  const queue = new Queue(scope, id, {
    queueName,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  alarm(scope, `${id}-alarm`, {
    metric: queue.metricApproximateNumberOfMessagesVisible(),
    threshold: 0,
    what: `Messages in ${queueName}: somebody's event was not handled.`,
    section: 'dead-letters',
  });
  return queue;
}
