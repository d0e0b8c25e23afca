import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type {
  Binding,
  ScheduleResource,
  SettingName,
  TableAccess,
} from '../../functions/shared/declare.ts';
import { allTables } from '../domains.ts';
import type { AppFunction } from './app-function.ts';
import type { RuntimeSchedules } from './runtime-schedules.ts';
import { Topics } from './topics.ts';

/** What functions can be bound to; look-ups throw on an unknown name. */
export interface Resources {
  readonly table: (name: string) => TableV2;
  readonly bucket: Bucket;
  readonly bus: EventBus;
  readonly stateMachine: (name: string) => StateMachine;
  readonly fn: (name: string) => AppFunction;
  readonly queue: (name: string) => Queue;
  readonly topics: Topics;
  /** Names of the environment begin so: `slipway-dev`. */
  readonly prefix: string;
  readonly schedules: RuntimeSchedules;
  readonly setting: (name: SettingName) => string;
}

const TABLE_READ = ['GetItem', 'BatchGetItem', 'Query', 'ConditionCheckItem'];
const TABLE_WRITE = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'ConditionCheckItem'];
const BUCKET_READ = ['GetObject'];
const BUCKET_WRITE = ['PutObject', 'DeleteObject', 'AbortMultipartUpload'];

/** Sets the variable and grants just what the binding says. */
export function bind(fn: AppFunction, name: string, binding: Binding, resources: Resources): void {
  fn.addEnvironment(name, value(fn, binding, resources));
}

function value(fn: AppFunction, binding: Binding, resources: Resources): string {
  if ('table' in binding) {
    const table = resources.table(binding.table);
    allow(fn, 'dynamodb', actions(binding.access, TABLE_READ, TABLE_WRITE), [
      table.tableArn,
      ...Object.keys(allTables[binding.table]?.indexes ?? {}).map(
        (name) => `${table.tableArn}/index/${name}`,
      ),
    ]);
    return table.tableName;
  }
  if ('bucket' in binding) {
    const { bucket } = resources;
    const { access, writes } = binding;
    if (writes !== undefined) {
      allow(fn, 's3', BUCKET_READ, [bucket.arnForObjects('*')]);
      allow(fn, 's3', BUCKET_WRITE, [bucket.arnForObjects(writes)]);
    } else {
      allow(fn, 's3', actions(access, BUCKET_READ, BUCKET_WRITE), [bucket.arnForObjects('*')]);
    }
    if (access !== 'write') allow(fn, 's3', ['ListBucket'], [bucket.bucketArn]);
    return bucket.bucketName;
  }
  if ('bus' in binding) {
    allow(fn, 'events', ['PutEvents'], [resources.bus.eventBusArn]);
    return resources.bus.eventBusName;
  }
  if ('stateMachine' in binding) {
    const machine = resources.stateMachine(binding.stateMachine);
    if (binding.answers) machine.grantTaskResponse(fn);
    else machine.grantStartExecution(fn);
    return machine.stateMachineArn;
  }
  if ('function' in binding) {
    const target = resources.fn(binding.function);
    allowInvoke(fn, target);
    return target.functionName;
  }
  if ('queue' in binding) {
    const queue = resources.queue(binding.queue);
    allow(fn, 'sqs', ['SendMessage'], [queue.queueArn]);
    return queue.queueUrl;
  }
  if ('queuesNamed' in binding) {
    const names = `${resources.prefix}-${binding.queuesNamed}-`;
    const { partition, region, account } = Stack.of(fn);
    const arn = `arn:${partition}:sqs:${region}:${account}:${names}*`;
    if (binding.sends) allow(fn, 'sqs', ['SendMessage', 'GetQueueUrl'], [arn]);
    return names;
  }
  if ('topic' in binding) {
    const { topicArn } = resources.topics.notifications;
    allow(fn, 'sns', ['Publish'], [topicArn, Topics.namedByUsers(fn, resources.prefix)]);
    return topicArn;
  }
  if ('schedules' in binding) return scheduleResource(fn, binding.schedules, resources.schedules);
  return resources.setting(binding.setting);
}

function scheduleResource(fn: AppFunction, what: ScheduleResource, schedules: RuntimeSchedules) {
  switch (what) {
    case 'group':
      schedules.grantChange(fn);
      return schedules.group.scheduleGroupName;
    case 'role':
      schedules.grantPassRole(fn);
      return schedules.role.roleArn;
    case 'queue':
      return schedules.queue.queueArn;
    case 'deadLetters':
      return schedules.deadLetters.queueArn;
  }
}

function actions(access: TableAccess, read: readonly string[], write: readonly string[]): string[] {
  const both = access === 'readWrite' ? [...read, ...write] : access === 'read' ? read : write;
  return [...new Set(both)];
}

function allow(fn: AppFunction, service: string, names: readonly string[], resources: string[]) {
  fn.addToRolePolicy(
    new PolicyStatement({ actions: names.map((name) => `${service}:${name}`), resources }),
  );
}

/** The unqualified function only: CDK's own grant covers every version and alias too. */
export function allowInvoke(caller: IGrantable, target: AppFunction): void {
  caller.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] }),
  );
}
