import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { summedAlarms } from './summed-alarms.ts';

/** Where a queue, a rule or a stream puts what it could not deliver, for 14 days. */
export class DeadLetterQueue extends Queue {
  readonly name: string;

  constructor(scope: Construct, id: string, queueName: string) {
    super(scope, id, {
      queueName,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.name = queueName;
  }
}

/** Alarms on messages in the dead-letter queues of the stack that were made so far. */
export class DeadLetterAlarms extends Construct {
  constructor(scope: Construct) {
    const queues = scope.node.findAll().filter((one) => one instanceof DeadLetterQueue);
    super(scope, 'dead-letter-alarms');
    summedAlarms(this, 'messages', new Map(queues.map((queue) => [queue.name, queue])), {
      metricOf: (queue, options) => queue.metricApproximateNumberOfMessagesVisible(options),
      what: (names) => `Somebody's event was not handled; it lies in one of ${names}.`,
      section: 'dead-letters',
    });
  }
}
