import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import type { Metric } from '../cloudwatch/index.ts';
import type { AwsService, Lifecycle } from '../service.ts';
import { arn, LOCAL_ACCOUNT } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { openDatabase } from '../shared/database.ts';
import { parseInput } from '../shared/parse-input.ts';
import { type PolicyRequest, policySchema, resource, targetSchema } from './requests.ts';
import { type Capacities, Scaler } from './scaler.ts';

/** Between two looks at what is to be tracked. */
const EVERY_MS = 250;

const INVALID = 'ValidationException';

export interface AutoScalingOptions {
  readonly dataDir: string;
  readonly capacities: Capacities;
  readonly metric: Metric;
}

export interface AutoScaling extends AwsService, Lifecycle {
  /** Carries out a step scaling policy; any other ARN is nobody's here. */
  execute(policyArn: string): void;
  /** Forgets every target and policy. */
  reset(): void;
}

interface Registered {
  readonly ResourceId: string;
  readonly MinCapacity: number;
  readonly MaxCapacity: number;
  readonly RoleARN: string;
  /** Epoch seconds. */
  readonly CreationTime: number;
}

type Policy = PolicyRequest & Pick<Registered, 'CreationTime'>;

/** What scales where no role is given: AWS makes it by itself. */
const OWN_ROLE = `arn:aws:iam::${LOCAL_ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS scalable (
  kind TEXT NOT NULL,
  resource TEXT NOT NULL,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (kind, resource, name)
) WITHOUT ROWID;
`;

const deregistered = z.strictObject(resource);
const described = z.strictObject({
  ServiceNamespace: resource.ServiceNamespace,
  ResourceIds: z.array(z.string()).optional(),
  ResourceId: z.string().optional(),
});
const withoutPolicy = z.strictObject({ ...resource, PolicyName: z.string() });

/** Targets and policies of Application Auto Scaling, durable in `autoscaling.db`. */
export function createAutoScaling({ dataDir, capacities, metric }: AutoScalingOptions) {
  const database = openDatabase(join(dataDir, 'autoscaling.db'), SCHEMA);
  const scaler = new Scaler(capacities, metric);
  const targets = new Map<string, Registered>();
  const policies = new Map<string, Policy>();
  for (const { kind, content } of database.prepare('SELECT * FROM scalable').all()) {
    const value: unknown = JSON.parse(String(content));
    if (kind === 'target') targets.set((value as Registered).ResourceId, value as Registered);
    else policies.set(policyArn(value as Policy), value as Policy);
  }
  const save = (kind: string, resourceId: string, name: string, content: object) =>
    database
      .prepare('INSERT OR REPLACE INTO scalable VALUES (?, ?, ?, ?)')
      .run(kind, resourceId, name, JSON.stringify(content));
  const target = (id: string) => {
    const found = targets.get(id);
    if (found) return found;
    throw new AwsError('ObjectNotFoundException', `No scalable target found for ${id}`);
  };
  const toTarget = ({ ResourceId: resourceId, MinCapacity, MaxCapacity }: Registered) => ({
    ...{ resourceId, minimum: MinCapacity, maximum: MaxCapacity },
  });
  const of = (id: string) => [...policies.values()].filter(({ ResourceId }) => ResourceId === id);

  const json = awsJsonService({
    signingName: 'application-autoscaling',
    version: '1.1',
    operations: {
      RegisterScalableTarget: (input) => {
        const asked = parseInput(targetSchema, input, INVALID);
        const { ResourceId } = asked;
        const known = targets.get(ResourceId);
        const { MinCapacity = known?.MinCapacity, MaxCapacity = known?.MaxCapacity } = asked;
        if (MinCapacity === undefined || MaxCapacity === undefined || MinCapacity > MaxCapacity) {
          throw new AwsError(INVALID, 'MinCapacity and MaxCapacity must be given, in this order');
        }
        const { RoleARN = known?.RoleARN ?? OWN_ROLE } = asked;
        const { CreationTime = Date.now() / 1000 } = known ?? {};
        const registered = { ResourceId, MinCapacity, MaxCapacity, RoleARN, CreationTime };
        save('target', ResourceId, '', registered);
        targets.set(ResourceId, registered);
        return { ScalableTargetARN: targetArn(ResourceId) };
      },
      DeregisterScalableTarget: (input) => {
        const { ResourceId } = target(parseInput(deregistered, input, INVALID).ResourceId);
        database.prepare('DELETE FROM scalable WHERE resource = ?').run(ResourceId);
        targets.delete(ResourceId);
        for (const policy of of(ResourceId)) policies.delete(policyArn(policy));
      },
      PutScalingPolicy: (input) => {
        const asked = parseInput(policySchema, input, INVALID);
        target(asked.ResourceId);
        const PolicyARN = policyArn(asked);
        const { CreationTime = Date.now() / 1000 } = policies.get(PolicyARN) ?? {};
        const policy = { ...asked, CreationTime };
        save('policy', policy.ResourceId, policy.PolicyName, policy);
        policies.set(PolicyARN, policy);
        return { PolicyARN, Alarms: [] };
      },
      DeleteScalingPolicy: (input) => {
        const { ResourceId, PolicyName } = parseInput(withoutPolicy, input, INVALID);
        const found = of(target(ResourceId).ResourceId).find(
          (policy) => policy.PolicyName === PolicyName,
        );
        if (!found) throw new AwsError('ObjectNotFoundException', `No policy ${PolicyName}`);
        const where = "kind = 'policy' AND resource = ? AND name = ?";
        database.prepare(`DELETE FROM scalable WHERE ${where}`).run(ResourceId, PolicyName);
        policies.delete(policyArn(found));
      },
      DescribeScalableTargets: (input) => {
        const { ResourceIds: ids } = parseInput(described, input, INVALID);
        const found = [...targets.values()].filter((one) => !ids || ids.includes(one.ResourceId));
        return {
          ScalableTargets: found.map((one) => ({
            ...{ ServiceNamespace: 'sagemaker', ...one },
            ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
            ScalableTargetARN: targetArn(one.ResourceId),
          })),
        };
      },
      DescribeScalingPolicies: (input) => {
        const { ResourceId: id } = parseInput(described, input, INVALID);
        const found = [...policies].filter(([, one]) => !id || one.ResourceId === id);
        return { ScalingPolicies: found.map(([PolicyARN, one]) => ({ ...one, PolicyARN })) };
      },
    },
  });

  let timer: NodeJS.Timeout | undefined;
  const service: AutoScaling = {
    ...json,
    execute: (wanted) => {
      const policy = policies.get(wanted);
      const registered = policy && targets.get(policy.ResourceId);
      if (registered) scaler.step(toTarget(registered), policy, Date.now());
    },
    start: async () => {
      timer = setInterval(() => {
        for (const one of targets.values()) {
          scaler.track(toTarget(one), of(one.ResourceId), Date.now());
        }
      }, EVERY_MS);
    },
    stop: async () => {
      clearInterval(timer);
      database.close();
    },
    reset: () => {
      database.exec('DELETE FROM scalable');
      targets.clear();
      policies.clear();
    },
  };
  return service;
}

/** The same for the same name: a policy that is put again stays the one that alarms name. */
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);

const targetArn = (resourceId: string) =>
  arn('application-autoscaling', `scalable-target/${digestOf(resourceId)}`);

const policyArn = ({ ResourceId, PolicyName }: PolicyRequest) =>
  arn(
    'autoscaling',
    `scalingPolicy:${digestOf(`${ResourceId} ${PolicyName}`)}:resource/sagemaker/${ResourceId}:policyName/${PolicyName}`,
  );
