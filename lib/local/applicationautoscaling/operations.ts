import * as z from 'zod';
import { LOCAL_ACCOUNT } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import type { AwsJsonOptions } from '../shared/aws-json.ts';
import { parseInput } from '../shared/parse-input.ts';
import { policySchema, resource, targetSchema } from './requests.ts';
import { policyArn, type TargetStore, targetArn } from './target-store.ts';

const INVALID = 'ValidationException';

/** The service-linked role that AWS uses when a request names none. */
const OWN_ROLE = `arn:aws:iam::${LOCAL_ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`;

const deregistered = z.strictObject(resource);
const described = z.strictObject({
  ServiceNamespace: resource.ServiceNamespace,
  ResourceIds: z.array(z.string()).optional(),
  ResourceId: z.string().optional(),
});

/** Application Auto Scaling's API over targets and policies; refusals are AWS's exceptions. */
export const scalingOperations = (store: TargetStore): AwsJsonOptions['operations'] => ({
  RegisterScalableTarget: (input) => {
    const asked = parseInput(targetSchema, input, INVALID);
    const { ResourceId } = asked;
    const known = store.targets.get(ResourceId);
    const { MinCapacity = known?.MinCapacity, MaxCapacity = known?.MaxCapacity } = asked;
    if (MinCapacity === undefined || MaxCapacity === undefined || MinCapacity > MaxCapacity) {
      throw new AwsError(INVALID, 'MinCapacity and MaxCapacity must be given, in this order');
    }
    const { RoleARN = known?.RoleARN ?? OWN_ROLE } = asked;
    const { CreationTime = Date.now() / 1000 } = known ?? {};
    store.putTarget({ ResourceId, MinCapacity, MaxCapacity, RoleARN, CreationTime });
    return { ScalableTargetARN: targetArn(ResourceId) };
  },
  DeregisterScalableTarget: (input) => {
    const { ResourceId } = parseInput(deregistered, input, INVALID);
    store.deleteTarget(store.target(ResourceId).ResourceId);
  },
  PutScalingPolicy: (input) => {
    const asked = parseInput(policySchema, input, INVALID);
    store.target(asked.ResourceId);
    const PolicyARN = policyArn(asked);
    const { CreationTime = Date.now() / 1000 } = store.policies.get(PolicyARN) ?? {};
    store.putPolicy({ ...asked, CreationTime });
    return { PolicyARN, Alarms: [] };
  },
  DescribeScalableTargets: (input) => {
    const { ResourceIds: ids } = parseInput(described, input, INVALID);
    const found = [...store.targets.values()].filter(
      ({ ResourceId }) => !ids || ids.includes(ResourceId),
    );
    return {
      ScalableTargets: found.map((one) => ({
        ServiceNamespace: 'sagemaker',
        ...one,
        ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
        ScalableTargetARN: targetArn(one.ResourceId),
      })),
    };
  },
  DescribeScalingPolicies: (input) => {
    const { ResourceId: id } = parseInput(described, input, INVALID);
    const found = [...store.policies].filter(([, one]) => !id || one.ResourceId === id);
    return { ScalingPolicies: found.map(([PolicyARN, one]) => ({ ...one, PolicyARN })) };
  },
});
