import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeTrainingJobCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { createSageMaker, type SageMaker } from '../../../../lib/local/sagemaker/index.ts';
import { AwsError } from '../../../../lib/local/shared/aws-error.ts';
import { PATIENCE_MS } from '../../../support/patience.ts';
import { openAwsServer } from '../support/aws-server.ts';

/** Programs of the test image; each is its own entry point, chosen by the image's tag. */
export interface TestService {
  readonly client: SageMakerClient;
  readonly runtime: SageMakerRuntimeClient;
  readonly sageMaker: SageMaker;
  readonly dataDir: string;
  /** What the events are about. */
  readonly eventResources: Set<string>;
  readonly events: { name: string; status: string; secondary: string }[];
  /** Statuses of endpoints, as they were announced. */
  readonly endpointEvents: { name: string; status: string }[];
  /** A folder that stands for S3: `s3://bucket/key` is `<bucket>/bucket/key`. */
  readonly bucket: string;
  readonly stop: () => Promise<void>;
}

/** A folder for a test: data, bucket and images below it. */
export function testFolder(): string {
  return mkdtempSync(join(tmpdir(), 'training-'));
}

/** Makes an image whose program is this source; answers its URI. */
export function image(folder: string, name: string, source: string): string {
  const at = join(folder, 'images', name);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'train.mjs'), source);
  writeFileSync(join(at, 'Dockerfile'), 'FROM node:24\nENTRYPOINT ["node", "train.mjs"]\n');
  return `repository:${name}`;
}

/** SageMaker behind a real port, with a folder in place of S3. */
export async function startService(
  folder: string,
  options: { graceMs?: number; concurrency?: number; url?: string; startupMs?: number } = {},
): Promise<TestService> {
  const dataDir = join(folder, 'data');
  const bucket = join(folder, 'bucket');
  const eventResources = new Set<string>();
  const events: { name: string; status: string; secondary: string }[] = [];
  const endpointEvents: TestService['endpointEvents'] = [];
  const path = (uri: string) => join(bucket, uri.slice('s3://'.length));
  const sageMaker = createSageMaker({
    dataDir,
    url: 'http://127.0.0.1:5000',
    download: async (uri, target) => {
      if (!existsSync(path(uri))) throw new AwsError('NoSuchKey', `${uri} does not exist`);
      const isFile = statSync(path(uri)).isFile();
      cpSync(path(uri), isFile ? join(target, basename(uri)) : target, { recursive: true });
    },
    upload: async (file, uri) => cpSync(file, path(uri), { recursive: true }),
    imageFolder: (uri) => {
      if (!uri.startsWith('repository:')) throw new Error('no such asset');
      return join(folder, 'images', uri.slice('repository:'.length));
    },
    emit: (type, detail, resource) => {
      eventResources.add(resource);
      if (type === 'SageMaker Endpoint State Change') {
        const { EndpointName: name, EndpointStatus: status } = detail;
        endpointEvents.push({ name: String(name), status: String(status) });
        return;
      }
      events.push({
        name: String(detail.TrainingJobName),
        status: String(detail.TrainingJobStatus),
        secondary: String(detail.SecondaryStatus),
      });
    },
    graceMs: 200,
    ...options,
  });
  const server = await openAwsServer([sageMaker]);
  const settings = { ...server.client, maxAttempts: 1 };
  const client = new SageMakerClient(settings);
  const runtime = new SageMakerRuntimeClient(settings);
  await sageMaker.start();
  const stop = async () => {
    client.destroy();
    runtime.destroy();
    await server.close();
    await sageMaker.stop();
  };
  return {
    client,
    runtime,
    sageMaker,
    dataDir,
    events,
    endpointEvents,
    eventResources,
    bucket,
    stop,
  };
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** A request that is complete, with what the test wants otherwise. */
export function aRequest(trainingImage: string, extra: object = {}) {
  return {
    TrainingJobName: 'job-1',
    AlgorithmSpecification: { TrainingImage: trainingImage, TrainingInputMode: 'File' as const },
    RoleArn: 'arn:aws:iam::000000000000:role/training',
    OutputDataConfig: { S3OutputPath: 's3://models/out' },
    ResourceConfig: {
      InstanceType: 'ml.m5.xlarge' as const,
      InstanceCount: 1,
      VolumeSizeInGB: 10,
    },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    ...extra,
  };
}

export const createJob = ({ client }: TestService, request: object) =>
  client.send(new CreateTrainingJobCommand(request as CreateTrainingJobCommandInput));

/** How a job is described once it is over. */
export async function jobEnded({ client, sageMaker }: TestService, name = 'job-1') {
  await sageMaker.jobs.ended(name, AbortSignal.timeout(PATIENCE_MS));
  return client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
}

/** Ends when the job's program has printed the text. */
export async function jobPrinted({ dataDir }: TestService, text: string): Promise<void> {
  const log = join(dataDir, 'logs/training/job-1.log');
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(10)) {
    if (existsSync(log) && readFileSync(log, 'utf8').includes(text)) return;
  }
  throw new Error(`The job did not print ${text}`);
}
