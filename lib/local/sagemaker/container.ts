import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LOCAL_REGION } from '../shared/arn.ts';
import { dockerEntrypoint } from '../shared/dockerfile.ts';
import { atPresentAddress, type OwnAddresses } from './own-addresses.ts';
import { type TrainingJob, trainingJobArn } from './training-job.ts';
import type { TrainingRequest } from './training-request.ts';

const HOST = 'algo-1';

/**
 * The program of an image: the ENTRYPOINT of its Dockerfile in JSON form, with `train` behind it,
 * or what the request says. `node` is the Node that runs this. Throws an Error when there is none.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-dockerfile.html
 */
export function programOf(folder: string, request: TrainingRequest): string[] {
  const { ContainerEntrypoint: entrypoint, ContainerArguments: args } =
    request.AlgorithmSpecification;
  return commandOf(entrypoint ?? dockerEntrypoint(folder), args ?? ['train']);
}

/** An entry point with its arguments; `node` is the Node that runs this. */
export function commandOf([program = '', ...rest]: string[], args: string[]): string[] {
  return [program === 'node' ? process.execPath : program, ...rest, ...args];
}

/** Makes the folders and the configuration of a job anew; its checkpoints stay. */
export async function layOut(root: string, { request }: TrainingJob): Promise<void> {
  for (const folder of ['input', 'model', 'output']) {
    await rm(join(root, folder), { recursive: true, force: true });
  }
  for (const folder of ['input/config', 'input/data', 'model', 'output/data']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  const write = (file: string, content: unknown) =>
    writeFile(join(root, 'input/config', file), JSON.stringify(content));
  await write('hyperparameters.json', request.HyperParameters);
  await write('inputdataconfig.json', inputDataConfig(request));
  await write('resourceconfig.json', {
    current_host: HOST,
    current_instance_type: request.ResourceConfig.InstanceType,
    hosts: [HOST],
    network_interface_name: 'lo',
  });
}

/** https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html */
function inputDataConfig(request: TrainingRequest): Record<string, unknown> {
  const channels = request.InputDataConfig.map((channel) => [
    channel.ChannelName,
    {
      TrainingInputMode: 'File',
      S3DistributionType:
        channel.DataSource.S3DataSource.S3DataDistributionType ?? 'FullyReplicated',
      RecordWrapperType: 'None',
      ...(channel.ContentType !== undefined && { ContentType: channel.ContentType }),
    },
  ]);
  return Object.fromEntries(channels);
}

/** Variables of this process that a program needs to find tools and folders. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG'];

/**
 * The program's environment: the SM_ names of SageMaker's training toolkit, the root of the job in
 * place of /opt/ml, and the request's own variables, which win.
 * https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
 */
export function environmentOf(
  root: string,
  job: TrainingJob,
  addresses: OwnAddresses,
): Record<string, string> {
  const { request } = job;
  const channels = request.InputDataConfig.map(({ ChannelName }) => ChannelName);
  const parameters = Object.entries(request.HyperParameters);
  const variables: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) variables[name] = value;
  }
  for (const name of channels) {
    variables[`SM_CHANNEL_${variableName(name)}`] = join(root, 'input/data', name);
  }
  for (const [name, value] of parameters) variables[`SM_HP_${variableName(name)}`] = value;
  return {
    ...variables,
    SLIPWAY_ML_ROOT: root,
    TRAINING_JOB_NAME: job.name,
    TRAINING_JOB_ARN: trainingJobArn(job.name),
    AWS_REGION: LOCAL_REGION,
    SM_MODEL_DIR: join(root, 'model'),
    SM_INPUT_DIR: join(root, 'input'),
    SM_INPUT_CONFIG_DIR: join(root, 'input/config'),
    SM_OUTPUT_DIR: join(root, 'output'),
    SM_OUTPUT_DATA_DIR: join(root, 'output/data'),
    SM_CHANNELS: JSON.stringify(channels),
    SM_HPS: JSON.stringify(Object.fromEntries(parameters.map(([n, v]) => [n, decoded(v)]))),
    SM_INPUT_DATA_CONFIG: JSON.stringify(inputDataConfig(request)),
    SM_CURRENT_HOST: HOST,
    SM_HOSTS: JSON.stringify([HOST]),
    SM_NUM_CPUS: String(availableParallelism()),
    SM_NUM_GPUS: '0',
    ...Object.fromEntries(
      Object.entries(request.Environment).map(([name, value]) => [
        name,
        atPresentAddress(value, addresses),
      ]),
    ),
  };
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

/** The toolkit reads values as JSON where they are. */
function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
