import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAutoScaling } from '../../../../lib/local/applicationautoscaling/index.ts';
import { createCloudWatch } from '../../../../lib/local/cloudwatch/index.ts';
import { openAwsServer } from '../support/aws-server.ts';

const ResourceId = 'endpoint/e/variant/v';
const resource = {
  ServiceNamespace: 'sagemaker',
  ResourceId,
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
} as const;
const Dimensions = [{ Name: 'EndpointName', Value: 'e' }];

/** Both services on one data directory, over a queue that the test fills. */
async function start(dataDir: string) {
  const state = { count: 1, backlog: 0, requests: 0 };
  const metric = (
    _namespace: string,
    name: string,
    { EndpointName = '', VariantName }: Readonly<Record<string, string>>,
  ) => {
    if (EndpointName !== 'e') return undefined;
    const { count, backlog, requests } = state;
    if (name === 'ConcurrentRequestsPerModel') return VariantName === 'v' ? requests / count : 99;
    if (name === 'HasBacklogWithoutCapacity') return backlog > 0 && count === 0 ? 1 : 0;
    return count === 0 ? undefined : backlog / count;
  };
  const scaling = createAutoScaling({
    dataDir,
    metric,
    capacities: {
      count: (id) => (id === ResourceId ? state.count : undefined),
      set: (_id, count) => {
        state.count = count;
      },
    },
  });
  const watch = createCloudWatch({ dataDir, metric, act: scaling.execute });
  const server = await openAwsServer([watch, scaling]);
  const settings = { ...server.client, maxAttempts: 1 };
  const [client, alarms] = [
    new ApplicationAutoScalingClient(settings),
    new CloudWatchClient(settings),
  ];
  /** As boto3 and the AWS CLI speak to CloudWatch. */
  const inCbor = new CloudWatchClient({ ...settings, protocol: SmithyRpcV2CborProtocol });
  await scaling.start();
  await watch.start();
  const stop = async () => {
    client.destroy();
    alarms.destroy();
    inCbor.destroy();
    await server.close();
    await scaling.stop();
    await watch.stop();
  };
  return { state, client, alarms, inCbor, stop };
}

let dataDir: string;
let services: Awaited<ReturnType<typeof start>>;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'scaling-'));
  services = await start(dataDir);
});
afterEach(async () => {
  await services.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** What scales with a queue, as `deploy.asl.json` asks for it; `ScaleInCooldown` in seconds. */
async function scaleWithQueue(ScaleInCooldown: number): Promise<string> {
  const { client, alarms } = services;
  await client.send(
    new RegisterScalableTargetCommand({ ...resource, MinCapacity: 0, MaxCapacity: 3 }),
  );
  await client.send(
    new PutScalingPolicyCommand({
      PolicyName: 'queue',
      ...resource,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 2,
        CustomizedMetricSpecification: {
          Namespace: 'AWS/SageMaker',
          MetricName: 'ApproximateBacklogSizePerInstance',
          Dimensions,
          Statistic: 'Average',
        },
        ScaleInCooldown,
        ScaleOutCooldown: 0,
      },
    }),
  );
  const { PolicyARN = '' } = await client.send(
    new PutScalingPolicyCommand({
      PolicyName: 'first',
      ...resource,
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ChangeInCapacity',
        Cooldown: 0,
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
      },
    }),
  );
  await alarms.send(
    new PutMetricAlarmCommand({
      AlarmName: 'first',
      AlarmActions: [PolicyARN],
      Namespace: 'AWS/SageMaker',
      MetricName: 'HasBacklogWithoutCapacity',
      Dimensions,
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    }),
  );
  return PolicyARN;
}

const counts = (count: number) => expect.poll(() => services.state.count).toBe(count);

/** https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html */
describe('Application Auto Scaling', () => {
  it('ends the last instance of an empty queue, and starts the first of one that is not', async () => {
    await scaleWithQueue(0);
    await counts(0);
    services.state.backlog = 1;
    await counts(1);
    services.state.backlog = 0;
    await counts(0);
  });

  it('keeps the share of an instance near the target, up to the most that there may be', async () => {
    await scaleWithQueue(600);
    services.state.backlog = 4;
    await counts(2);
    services.state.backlog = 100;
    await counts(3);
    services.state.backlog = 0;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(services.state.count).toBe(3);
  });

  it('keeps the requests at once an instance near the target, and the fewest that there may be', async () => {
    const { client, state } = services;
    await client.send(
      new RegisterScalableTargetCommand({ ...resource, MinCapacity: 2, MaxCapacity: 4 }),
    );
    const tracking = { TargetValue: 3, ScaleInCooldown: 0, ScaleOutCooldown: 0 };
    const policy = { PolicyName: 'requests', ...resource } as const;
    const metric = 'SageMakerVariantConcurrentRequestsPerModelHighResolution';
    await client.send(
      new PutScalingPolicyCommand({
        ...policy,
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          ...tracking,
          PredefinedMetricSpecification: { PredefinedMetricType: metric },
        },
      }),
    );
    await counts(2);
    state.requests = 9;
    await counts(3);
    state.requests = 100;
    await counts(4);
    state.requests = 1;
    await counts(2);
    await expect(
      client.send(
        new PutScalingPolicyCommand({
          ...policy,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: tracking,
        }),
      ),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('knows after a restart what it was told', async () => {
    const arn = await scaleWithQueue(0);
    await services.stop();
    services = await start(dataDir);
    const { client, alarms } = services;
    const { ScalableTargets: targets } = await client.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }),
    );
    expect(targets).toMatchObject([{ ResourceId, MinCapacity: 0, MaxCapacity: 3 }]);
    const { ScalingPolicies: policies } = await client.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'sagemaker', ResourceId }),
    );
    expect(policies).toMatchObject([{ PolicyName: 'first', PolicyARN: arn }, {}]);
    await counts(0);
    services.state.backlog = 1;
    await counts(1);
    const { MetricAlarms: found } = await alarms.send(new DescribeAlarmsCommand({}));
    expect(found).toMatchObject([{ AlarmName: 'first', StateValue: 'OK' }]);
  });

  it('shows, takes and refuses alarms in CBOR as well', async () => {
    await scaleWithQueue(600);
    const { inCbor } = services;
    const { MetricAlarms: found } = await inCbor.send(new DescribeAlarmsCommand({}));
    expect(found).toMatchObject([{ AlarmName: 'first', Dimensions, Threshold: 1 }]);
    const alarm = {
      AlarmName: 'second',
      Namespace: 'AWS/SageMaker',
      MetricName: 'm',
      Dimensions,
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0.5,
      Statistic: 'Average',
      ComparisonOperator: 'GreaterThanThreshold',
    } as const;
    await inCbor.send(new PutMetricAlarmCommand(alarm));
    const both = await inCbor.send(new DescribeAlarmsCommand({ AlarmNames: ['second'] }));
    expect(both.MetricAlarms).toMatchObject([{ ...alarm, StateValue: 'OK' }]);
    await expect(
      inCbor.send(new PutMetricAlarmCommand({ ...alarm, Period: 1 })),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('Period'),
    });
    await expect(inCbor.send(new ListMetricsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('ListMetrics'),
    });
  });

  it('leaves alone what was deregistered', async () => {
    await scaleWithQueue(0);
    await counts(0);
    await services.client.send(new DeregisterScalableTargetCommand(resource));
    await services.alarms.send(new DeleteAlarmsCommand({ AlarmNames: ['first'] }));
    services.state.backlog = 1;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(services.state.count).toBe(0);
    await expect(
      services.client.send(new DeregisterScalableTargetCommand(resource)),
    ).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
  });

  it('refuses what it would not do', async () => {
    const { client } = services;
    await expect(
      client.send(
        new RegisterScalableTargetCommand({
          ServiceNamespace: 'dynamodb',
          ResourceId: 'table/t',
          MinCapacity: 1,
          ScalableDimension: 'dynamodb:table:ReadCapacityUnits',
          MaxCapacity: 2,
        }),
      ),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(
      client.send(new RegisterScalableTargetCommand({ ...resource, MinCapacity: 2 })),
    ).rejects.toThrow('MaxCapacity');
  });
});
