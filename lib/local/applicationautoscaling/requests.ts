import * as z from 'zod';

const text = z.string().min(1);
const seconds = z.number().int().min(0);

/** What is scaled; variants of SageMaker's endpoints only. */
export const resource = {
  ServiceNamespace: z.literal('sagemaker'),
  ResourceId: z
    .string()
    .regex(/^endpoint\/[^/]+\/variant\/[^/]+$/, 'must be endpoint/<name>/variant/<name>'),
  ScalableDimension: z.literal('sagemaker:variant:DesiredInstanceCount'),
};

/** https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html */
export const targetSchema = z.strictObject({
  ...resource,
  MinCapacity: z.number().int().min(0).optional(),
  MaxCapacity: z.number().int().min(0).optional(),
  RoleARN: text.optional(),
});

const customized = z.strictObject({
  Namespace: text,
  MetricName: text,
  Dimensions: z.array(z.strictObject({ Name: text, Value: text })).default([]),
  Statistic: z.literal('Average'),
  Unit: z.string().optional(),
});

/** How many requests an instance is answering. */
const predefined = z.strictObject({
  PredefinedMetricType: z.literal('SageMakerVariantConcurrentRequestsPerModelHighResolution'),
});

const trackingSchema = z
  .strictObject({
    TargetValue: z.number().positive(),
    CustomizedMetricSpecification: customized.optional(),
    PredefinedMetricSpecification: predefined.optional(),
    ScaleInCooldown: seconds.default(300),
    ScaleOutCooldown: seconds.default(300),
    DisableScaleIn: z.boolean().default(false),
  })
  .refine(
    (one) => !one.CustomizedMetricSpecification !== !one.PredefinedMetricSpecification,
    'must have one metric specification',
  );

const stepSchema = z.strictObject({
  AdjustmentType: z.literal('ChangeInCapacity'),
  MetricAggregationType: z.literal('Average').optional(),
  Cooldown: seconds.default(300),
  StepAdjustments: z
    .array(
      z.strictObject({
        MetricIntervalLowerBound: z.literal(0).optional(),
        ScalingAdjustment: z.number().int(),
      }),
    )
    .length(1, 'must be one step'),
});

/** https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html */
export const policySchema = z.discriminatedUnion('PolicyType', [
  z.strictObject({
    PolicyName: text,
    ...resource,
    PolicyType: z.literal('TargetTrackingScaling'),
    TargetTrackingScalingPolicyConfiguration: trackingSchema,
  }),
  z.strictObject({
    PolicyName: text,
    ...resource,
    PolicyType: z.literal('StepScaling'),
    StepScalingPolicyConfiguration: stepSchema,
  }),
]);

export type PolicyRequest = z.infer<typeof policySchema>;
export type TrackingRequest = z.infer<typeof trackingSchema>;
