import * as z from 'zod';
import { AwsError } from '../shared/aws-error.ts';
import { parseInput } from '../shared/parse-input.ts';

const s3Uri = z.string().regex(/^s3:\/\/[^/]+(\/.*)?$/, 'must be an s3:// address');
const text = z.string().min(1);

const channel = z.strictObject({
  ChannelName: z.string().regex(/^[A-Za-z0-9.\-_]{1,64}$/),
  DataSource: z.strictObject({
    S3DataSource: z.strictObject({
      S3DataType: z.literal('S3Prefix'),
      S3Uri: s3Uri,
      // One machine's share of the objects is all of them.
      S3DataDistributionType: z.enum(['FullyReplicated', 'ShardedByS3Key']).optional(),
    }),
  }),
  ContentType: z.string().optional(),
  CompressionType: z.literal('None').optional(),
  RecordWrapperType: z.literal('None').optional(),
  InputMode: z.literal('File').optional(),
});

/**
 * What CreateTrainingJob takes on one machine; anything else is refused by name. What only matters
 * to a fleet (role, network, tags, volume) is kept and shown, and does nothing.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
 */
const schema = z.strictObject({
  TrainingJobName: z.string().regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/),
  AlgorithmSpecification: z.strictObject({
    TrainingImage: text,
    TrainingInputMode: z.literal('File'),
    ContainerEntrypoint: z.array(z.string()).min(1).max(100).optional(),
    ContainerArguments: z.array(z.string()).min(1).max(100).optional(),
  }),
  RoleArn: text,
  HyperParameters: z.record(z.string().max(256), z.string().max(2500)).default({}),
  InputDataConfig: z.array(channel).max(20).default([]),
  OutputDataConfig: z.strictObject({ S3OutputPath: s3Uri, KmsKeyId: z.string().optional() }),
  ResourceConfig: z.strictObject({
    InstanceType: text,
    InstanceCount: z.literal(1, 'must be 1: there is one machine'),
    VolumeSizeInGB: z.number().int().min(1),
    VolumeKmsKeyId: z.string().optional(),
    KeepAlivePeriodInSeconds: z.number().int().optional(),
  }),
  StoppingCondition: z.strictObject({
    MaxRuntimeInSeconds: z.number().int().min(1).max(2_419_200).default(86_400),
    MaxWaitTimeInSeconds: z.number().int().min(1).optional(),
    MaxPendingTimeInSeconds: z.number().int().min(7200).optional(),
  }),
  CheckpointConfig: z
    .strictObject({ S3Uri: s3Uri, LocalPath: z.literal('/opt/ml/checkpoints').optional() })
    .optional(),
  Environment: z.record(z.string().max(512), z.string().max(512)).default({}),
  EnableManagedSpotTraining: z.boolean().optional(),
  EnableNetworkIsolation: z.boolean().optional(),
  EnableInterContainerTrafficEncryption: z.boolean().optional(),
  VpcConfig: z.unknown().optional(),
  Tags: z.array(z.unknown()).optional(),
});

export type TrainingRequest = z.infer<typeof schema>;

/** Throws `ValidationException`. */
export function parseTrainingRequest(input: unknown): TrainingRequest {
  const request = parseInput(schema, input, 'ValidationException');
  const names = request.InputDataConfig.map(({ ChannelName }) => ChannelName);
  const { MaxRuntimeInSeconds: runtime, MaxWaitTimeInSeconds: wait } = request.StoppingCondition;
  if ((request.EnableManagedSpotTraining ?? false) !== (wait !== undefined && wait >= runtime)) {
    const rule =
      'MaxWaitTimeInSeconds, of at least MaxRuntimeInSeconds, goes with managed spot training';
    throw new AwsError('ValidationException', `StoppingCondition: ${rule}`);
  }
  if (new Set(names).size < names.length) {
    throw new AwsError('ValidationException', 'InputDataConfig: channel names must be unique');
  }
  return request;
}
