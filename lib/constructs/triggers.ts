import { Duration, TimeZone } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Trigger } from '../../functions/shared/declare.ts';
import { alarm } from './alarm.ts';
import type { AppFunction } from './app-function.ts';
import { deadLetterQueue, QueueWithDeadLetters } from './queue-with-dead-letters.ts';

/** A batch that fails this often goes to the dead letters, so that one record cannot block a shard. */
const STREAM_RETRIES = 10;

export interface TriggerContext {
  readonly prefix: string;
  readonly bus: EventBus;
  readonly table: (name: string) => TableV2;
  readonly queue: (name: string) => Queue;
}

/** Connects a function to what starts it besides HTTP. */
export class FunctionTriggers extends Construct {
  constructor(
    scope: Construct,
    name: string,
    options: { fn: AppFunction; triggers: readonly Trigger[]; context: TriggerContext },
  ) {
    super(scope, `${name}-triggers`);
    for (const trigger of options.triggers) {
      if ('stream' in trigger) this.addStream(name, options.fn, trigger, options.context);
      else if ('events' in trigger) this.addEvents(name, options.fn, trigger, options.context);
      else if ('queue' in trigger) {
        addQueue(options.fn, options.context.queue(trigger.queue), trigger.batchSize);
      } else this.addSchedule(name, options.fn, trigger.schedule, options.context);
    }
  }

  private addStream(
    name: string,
    fn: AppFunction,
    trigger: Extract<Trigger, { stream: string }>,
    context: TriggerContext,
  ) {
    const id = `${trigger.stream}-stream`;
    const failed = deadLetterQueue(this, `${id}-dead`, `${context.prefix}-${name}-${id}-dead`);
    const table = context.table(trigger.stream);
    const { tableStreamArn } = table;
    if (!tableStreamArn) throw new Error(`Table ${trigger.stream} declares no stream`);
    table.grantStreamRead(fn);
    fn.addEventSourceMapping(id, {
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: trigger.batchSize,
      filters: [trigger.filter].flat().map((filter) => FilterCriteria.filter({ ...filter })),
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: STREAM_RETRIES,
      onFailure: new SqsDlq(failed),
      ...(trigger.windowSeconds !== undefined && {
        maxBatchingWindow: Duration.seconds(trigger.windowSeconds),
      }),
    });
    alarm(this, `${id}-age`, {
      metric: fn.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(1) }),
      threshold: Duration.minutes(1).toMilliseconds(),
      what: `Function ${name} is more than a minute behind its stream.`,
      section: 'relay-age',
    });
  }

  private addEvents(
    name: string,
    fn: AppFunction,
    trigger: Extract<Trigger, { events: readonly string[] }>,
    context: TriggerContext,
  ) {
    const queue = new QueueWithDeadLetters(this, 'events', {
      name: `${context.prefix}-${name}-events`,
      visibility: visibilityOf(fn.timeout?.toSeconds() ?? 30),
    });
    new Rule(this, 'rule', {
      ruleName: `${context.prefix}-${name}`,
      description: `Events that ${name} reacts to.`,
      eventBus: context.bus,
      eventPattern: { detailType: [...trigger.events] },
      targets: [new SqsQueue(queue.queue, { deadLetterQueue: queue.deadLetters })],
    });
    addQueue(fn, queue.queue, trigger.batchSize);
  }

  private addSchedule(name: string, fn: AppFunction, expression: string, context: TriggerContext) {
    const failed = deadLetterQueue(
      this,
      'schedule-dead',
      `${context.prefix}-${name}-schedule-dead`,
    );
    new Schedule(this, 'schedule', {
      scheduleName: `${context.prefix}-${name}`,
      description: `Starts ${name}.`,
      schedule: ScheduleExpression.expression(expression, TimeZone.ETC_UTC),
      target: new LambdaInvoke(fn, { deadLetterQueue: failed }),
    });
  }
}

/** Received messages stay hidden for so many times the function's longest run (AWS's advice). */
export const visibilityOf = (timeoutSeconds: number) => Duration.seconds(6 * timeoutSeconds);

function addQueue(fn: AppFunction, queue: Queue, batchSize = 10) {
  fn.addEventSource(new SqsEventSource(queue, { batchSize, reportBatchItemFailures: true }));
}
