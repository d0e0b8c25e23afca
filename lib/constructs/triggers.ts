import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Trigger } from '../../functions/shared/declare.ts';
import { alarm } from './alarm.ts';
import type { AppFunction } from './app-function.ts';
import type { Resources } from './bindings.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { QueueWithDeadLetters } from './queue-with-dead-letters.ts';

/** A batch that fails this often goes to the dead letters, so that one record cannot block a shard. */
const STREAM_RETRIES = 10;

/** Where training jobs and runs store what they made. */
const OWN_OBJECTS = ['training/', 'mlflow-artifacts/', 'inference-queue/'];

type TriggerResources = Pick<
  Resources,
  'prefix' | 'bus' | 'table' | 'queue' | 'stateMachine' | 'bucket' | 'schedules'
>;

/** Connects a function to what starts it besides HTTP. */
export class FunctionTriggers extends Construct {
  constructor(
    scope: Construct,
    name: string,
    options: { fn: AppFunction; triggers: readonly Trigger[]; resources: TriggerResources },
  ) {
    super(scope, `${name}-triggers`);
    for (const trigger of options.triggers) {
      if ('stream' in trigger) this.addStream(name, options.fn, trigger, options.resources);
      else if ('events' in trigger) this.addEvents(name, options.fn, trigger, options.resources);
      else if ('queue' in trigger) {
        addQueue(options.fn, options.resources.queue(trigger.queue), trigger.batchSize);
      } else if ('everyEvent' in trigger) this.addEveryEvent(name, options.fn, options.resources);
      else if ('schedules' in trigger) addQueue(options.fn, options.resources.schedules.queue);
      else this.addSchedule(name, options.fn, trigger.schedule, options.resources);
    }
    if (options.triggers.some((trigger) => 'stream' in trigger)) {
      alarm(this, 'stream-age', {
        metric: options.fn.metric('IteratorAge', {
          statistic: 'Maximum',
          period: Duration.minutes(1),
        }),
        threshold: Duration.minutes(1).toMilliseconds(),
        what: `Function ${name} is more than a minute behind a stream.`,
        section: 'relay-age',
      });
    }
  }

  private addStream(
    name: string,
    fn: AppFunction,
    trigger: Extract<Trigger, { stream: string }>,
    resources: TriggerResources,
  ) {
    const id = `${trigger.stream}-stream`;
    const failed = new DeadLetterQueue(
      this,
      `${id}-dead`,
      `${resources.prefix}-${name}-${id}-dead`,
    );
    const table = resources.table(trigger.stream);
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
  }

  private addEvents(
    name: string,
    fn: AppFunction,
    trigger: Extract<Trigger, { events: readonly string[] }>,
    resources: TriggerResources,
  ) {
    const queue = new QueueWithDeadLetters(this, 'events', {
      name: `${resources.prefix}-${name}-events`,
      visibility: visibilityOf(fn.timeout?.toSeconds() ?? 30),
    });
    new Rule(this, 'rule', {
      ruleName: `${resources.prefix}-${name}`,
      description: `Events that ${name} reacts to.`,
      eventBus: resources.bus,
      eventPattern: { detailType: [...trigger.events] },
      targets: [toQueue(queue)],
    });
    if (trigger.objects) {
      new Rule(this, 'objects-rule', {
        ruleName: `${resources.prefix}-${name}-objects`,
        description: `Objects that ${name} waits for.`,
        eventPattern: {
          source: ['aws.s3'],
          detailType: ['Object Created'],
          detail: {
            bucket: { name: [resources.bucket.bucketName] },
            object: { key: trigger.objects.map((prefix) => ({ prefix })) },
          },
        },
        targets: [toQueue(queue)],
      });
    }
    if (trigger.failuresOf) {
      new Rule(this, 'failures-rule', {
        ruleName: `${resources.prefix}-${name}-failures`,
        description: `Executions that were stopped or ended in an error, for ${name} to settle.`,
        eventPattern: {
          source: ['aws.states'],
          detailType: ['Step Functions Execution Status Change'],
          detail: {
            status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
            stateMachineArn: trigger.failuresOf.map(
              (machine) => resources.stateMachine(machine).stateMachineArn,
            ),
          },
        },
        targets: [toQueue(queue)],
      });
    }
    addQueue(fn, queue.queue, trigger.batchSize);
  }

  /** What jobs and runs store is announced by events of their own: their objects are left out. */
  private addEveryEvent(name: string, fn: AppFunction, resources: TriggerResources) {
    const queue = new QueueWithDeadLetters(this, 'every-event', {
      name: `${resources.prefix}-${name}-events`,
      visibility: visibilityOf(fn.timeout?.toSeconds() ?? 30),
    });
    const targets = [toQueue(queue)];
    new Rule(this, 'every-event-rule', {
      ruleName: `${resources.prefix}-${name}`,
      description: `Every event of the bus, for ${name} to match against what users defined.`,
      eventBus: resources.bus,
      eventPattern: { source: Match.prefix('') },
      targets,
    });
    new Rule(this, 'objects-rule', {
      ruleName: `${resources.prefix}-${name}-objects`,
      description: `Objects that arrive in the bucket, for ${name}.`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [resources.bucket.bucketName] },
          object: { key: [{ 'anything-but': { prefix: OWN_OBJECTS } }] },
        },
      },
      targets,
    });
    addQueue(fn, queue.queue);
  }

  private addSchedule(
    name: string,
    fn: AppFunction,
    expression: string,
    resources: TriggerResources,
  ) {
    const failed = new DeadLetterQueue(
      this,
      'schedule-dead',
      `${resources.prefix}-${name}-schedule-dead`,
    );
    const role = new Role(this, 'schedule-role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: `Starts ${name} by its schedule.`,
    });
    const allow = (action: string, resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
    allow('lambda:InvokeFunction', fn.functionArn);
    allow('sqs:SendMessage', failed.queueArn);
    new Schedule(this, 'schedule', {
      scheduleName: `${resources.prefix}-${name}`,
      description: `Starts ${name}.`,
      schedule: ScheduleExpression.expression(expression, TimeZone.ETC_UTC),
      // The target would allow every version and alias of the function besides.
      target: new LambdaInvoke(fn, { deadLetterQueue: failed, role: role.withoutPolicyUpdates() }),
    });
  }
}

/** A rule's target. The queue is fair to kinds of events: a flood of one delays no other. */
const toQueue = ({ queue, deadLetters }: QueueWithDeadLetters) =>
  new SqsQueue(queue, { deadLetterQueue: deadLetters, messageGroupId: '$.detail-type' });

/**
 * How long a received message stays hidden: six times the function's timeout, as AWS advises.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const visibilityOf = (timeoutSeconds: number) => Duration.seconds(6 * timeoutSeconds);

function addQueue(fn: AppFunction, queue: Queue, batchSize = 10) {
  fn.addEventSource(new SqsEventSource(queue, { batchSize, reportBatchItemFailures: true }));
}
