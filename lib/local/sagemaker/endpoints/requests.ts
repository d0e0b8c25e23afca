import * as z from 'zod';

const name = z.string().regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
const text = z.string().min(1);
const tags = z.array(z.unknown()).optional();

/**
 * What CreateModel takes on one machine; anything else is refused by name. What only matters to a
 * fleet (role, network, tags) is kept and shown, and does nothing.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
 */
export const modelSchema = z.strictObject({
  ModelName: name,
  PrimaryContainer: z.strictObject({
    Image: text,
    ModelDataSource: z
      .strictObject({
        S3DataSource: z.strictObject({
          S3Uri: z.string().regex(/^s3:\/\/[^/]+\/.*\/$/, 'must be an s3:// prefix that ends in /'),
          S3DataType: z.literal('S3Prefix'),
          CompressionType: z.literal('None'),
        }),
      })
      .optional(),
    Environment: z.record(z.string().max(1024), z.string().max(1024)).default({}),
  }),
  ExecutionRoleArn: text,
  EnableNetworkIsolation: z.boolean().optional(),
  VpcConfig: z.unknown().optional(),
  Tags: tags,
});

const variant = z.strictObject({
  VariantName: name,
  ModelName: name,
  /** One process answers for all of them. */
  InitialInstanceCount: z.number().int().min(1),
  InstanceType: text,
  InitialVariantWeight: z.number().min(0).default(1),
  ModelDataDownloadTimeoutInSeconds: z.number().int().min(60).max(3600).optional(),
  ContainerStartupHealthCheckTimeoutInSeconds: z.number().int().min(60).max(3600).optional(),
  VolumeSizeInGB: z.number().int().min(1).max(512).optional(),
});

const place = z.string().regex(/^s3:\/\/[^/]+(\/.*)?$/, 'must be an s3:// address');

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AsyncInferenceConfig.html */
const queueSchema = z.strictObject({
  OutputConfig: z.strictObject({ S3OutputPath: place, S3FailurePath: place.optional() }),
  ClientConfig: z
    .strictObject({ MaxConcurrentInvocationsPerInstance: z.number().int().min(1).max(1000) })
    .optional(),
});

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html */
export const configSchema = z.strictObject({
  EndpointConfigName: name,
  AsyncInferenceConfig: queueSchema.optional(),
  ProductionVariants: z
    .array(variant)
    .min(1)
    .max(10)
    .refine(
      (variants) =>
        new Set(variants.map(({ VariantName }) => VariantName)).size === variants.length,
      'variant names must be unique',
    ),
  KmsKeyId: z.string().optional(),
  Tags: tags,
});

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html */
export const endpointSchema = z.strictObject({
  EndpointName: name,
  EndpointConfigName: name,
  Tags: tags,
});

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html */
export const updateSchema = z.strictObject({
  EndpointName: name,
  EndpointConfigName: name,
  RetainAllVariantProperties: z.boolean().default(false),
});

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpointWeightsAndCapacities.html */
export const weightsSchema = z.strictObject({
  EndpointName: name,
  DesiredWeightsAndCapacities: z
    .array(
      z.strictObject({
        VariantName: name,
        DesiredWeight: z.number().min(0).optional(),
        DesiredInstanceCount: z.number().int().min(0).optional(),
      }),
    )
    .min(1),
});

export type QueueRequest = z.infer<typeof queueSchema>;
export type ModelRequest = z.infer<typeof modelSchema>;
export type ConfigRequest = z.infer<typeof configSchema>;
export type UpdateRequest = z.infer<typeof updateSchema>;
export type WeightsRequest = z.infer<typeof weightsSchema>;
export type Container = ModelRequest['PrimaryContainer'];
