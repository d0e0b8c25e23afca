import { AwsError } from '../shared/aws-error.ts';

export interface Channel {
  readonly name: string;
  readonly uri: string;
}

/** What a CreateTrainingJob request asks for, as far as it means something on one machine. */
export interface TrainingRequest {
  readonly name: string;
  readonly image: string;
  readonly channels: readonly Channel[];
  readonly outputUri: string;
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly maxRuntimeMs: number;
}

/** SageMaker's longest runtime unless asked otherwise: a day. */
const DEFAULT_RUNTIME_SECONDS = 86_400;

/**
 * Checks a request as SageMaker does.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
 */
export function parseTrainingRequest(input: Readonly<Record<string, unknown>>): TrainingRequest {
  const name = text(input.TrainingJobName, 'TrainingJobName');
  if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name)) {
    throw invalid(`TrainingJobName '${name}' must be 1 to 63 letters, digits and dashes`);
  }
  const algorithm = object(input.AlgorithmSpecification, 'AlgorithmSpecification');
  const output = object(input.OutputDataConfig, 'OutputDataConfig');
  const stopping = object(input.StoppingCondition, 'StoppingCondition');
  text(input.RoleArn, 'RoleArn');
  text(object(input.ResourceConfig, 'ResourceConfig').InstanceType, 'ResourceConfig.InstanceType');
  const channels = (input.InputDataConfig ?? []) as readonly Readonly<Record<string, unknown>>[];
  return {
    name,
    image: text(algorithm.TrainingImage, 'AlgorithmSpecification.TrainingImage'),
    channels: channels.map((channel) => {
      const source = object(channel.DataSource, 'DataSource');
      const { S3Uri } = object(source.S3DataSource, 'S3DataSource');
      return { name: text(channel.ChannelName, 'ChannelName'), uri: text(S3Uri, 'S3Uri') };
    }),
    outputUri: text(output.S3OutputPath, 'OutputDataConfig.S3OutputPath').replace(/\/$/, ''),
    hyperparameters: strings(input.HyperParameters, 'HyperParameters'),
    environment: strings(input.Environment, 'Environment'),
    maxRuntimeMs: Number(stopping.MaxRuntimeInSeconds ?? DEFAULT_RUNTIME_SECONDS) * 1000,
  };
}

const invalid = (message: string) => new AwsError('ValidationException', message);

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`${name} must be a text`);
}

function object(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
  throw invalid(`${name} is missing`);
}

function strings(value: unknown, name: string): Record<string, string> {
  const entries = Object.entries((value ?? {}) as object);
  const wrong = entries.find(([, one]) => typeof one !== 'string');
  if (wrong) throw invalid(`${name}.${wrong[0]} must be a text`);
  return Object.fromEntries(entries);
}
