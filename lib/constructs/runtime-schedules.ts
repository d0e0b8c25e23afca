import { Duration, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueueWithDeadLetters } from './queue-with-dead-letters.ts';

/** Six times the timeout of the function that reads it. */
const VISIBILITY = Duration.minutes(6);

/** A group for schedules that users make, with the queue that they send to and the role they send as. */
export class RuntimeSchedules extends Construct {
  readonly group: ScheduleGroup;
  readonly role: Role;
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, prefix: string) {
    super(scope, 'schedules');
    this.group = new ScheduleGroup(this, 'group', { scheduleGroupName: `${prefix}-pipelines` });
    const { queue, deadLetters } = new QueueWithDeadLetters(this, 'due', {
      name: `${prefix}-schedules`,
      visibility: VISIBILITY,
    });
    this.queue = queue;
    this.deadLetters = deadLetters;
    this.role = new Role(this, 'role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Schedules of pipelines: tell their queue that they are due.',
    });
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn, deadLetters.queueArn],
      }),
    );
  }

  grantChange(grantee: IGrantable): void {
    const { partition, region, account } = Stack.of(this);
    const name = this.group.scheduleGroupName;
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['Create', 'Get', 'Update', 'Delete'].map((verb) => `scheduler:${verb}Schedule`),
        resources: [`arn:${partition}:scheduler:${region}:${account}:schedule/${name}/*`],
      }),
    );
  }

  grantPassRole(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
  }
}
