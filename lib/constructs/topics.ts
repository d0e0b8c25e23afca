import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarm } from './alarm.ts';

/**
 * The topics for people: `notifications` about their models, `operations` for alarms. Who
 * listens is up to the installation, which subscribes to the two.
 */
export class Topics extends Construct {
  readonly notifications: Topic;
  private readonly operations: Topic;

  constructor(scope: Construct, prefix: string) {
    super(scope, 'topics');
    this.notifications = new Topic(this, 'notifications', {
      topicName: `${prefix}-notifications`,
      displayName: 'Slipway',
      // AWS's own key: everybody who may publish may use it.
      masterKey: Alias.fromAliasName(this, 'key', 'alias/aws/sns'),
    });
    // Not encrypted: CloudWatch may not use AWS's own key, and alarms name resources, no data.
    this.operations = new Topic(this, 'operations', {
      topicName: `${prefix}-operations`,
      displayName: 'Slipway operations',
      enforceSSL: true,
    });
    this.operations.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.operations.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    alarm(this, 'failed', {
      metric: this.notifications.metricNumberOfNotificationsFailed(),
      threshold: 0,
      what: 'A subscriber of the notifications was not told.',
      section: 'notifications-failed',
    });
    new CfnOutput(scope, 'NotificationsTopic', { value: this.notifications.topicArn });
    new CfnOutput(scope, 'OperationsTopic', { value: this.operations.topicArn });
  }

  /** ARN pattern of the topics that users may name themselves: those whose names begin so. */
  static namedByUsers(scope: Construct, prefix: string): string {
    const resource = `${prefix}-notify-*`;
    return Stack.of(scope).formatArn({ service: 'sns', resource });
  }

  /** Sends every alarm below `scope` to the topic of operations. */
  takeAlarms(scope: Construct): void {
    const action = new SnsAction(this.operations);
    for (const one of scope.node.findAll()) if (one instanceof Alarm) one.addAlarmAction(action);
  }
}
