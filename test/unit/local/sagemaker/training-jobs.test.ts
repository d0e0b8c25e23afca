import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { describe, expect, it } from 'vitest';
import { aRequest, createJob, image, jobEnded, jobPrinted } from './service.ts';
import { folder, service, startAgain, useService } from './use-service.ts';

useService();

const create = (request: object) => createJob(service, request);
const ended = (name?: string) => jobEnded(service, name);
const printed = (text: string) => jobPrinted(service, text);

const REPORT = `
import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
const root = process.env.SLIPWAY_ML_ROOT;
const read = (path) => JSON.parse(readFileSync(root + '/input/config/' + path, 'utf8'));
writeFileSync(root + '/model/model.json', JSON.stringify({
  parameters: read('hyperparameters.json'),
  channels: read('inputdataconfig.json'),
  rows: readFileSync(root + '/input/data/train/a.csv', 'utf8'),
  environment: process.env,
  arguments: process.argv.slice(2),
  cwd: readdirSync('.').sort(),
}));
console.log('loss=0.5');
console.error('a warning');
`;

/** https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html */
describe('a training job', () => {
  it('gets its data, parameters and variables, and its model is stored', async () => {
    mkdirSync(join(service.bucket, 'data/january'), { recursive: true });
    writeFileSync(join(service.bucket, 'data/january/a.csv'), '1,2\n');
    const uri = image(folder, 'report', REPORT);

    const { TrainingJobArn: arn } = await create(
      aRequest(uri, {
        HyperParameters: { trees: '20', label: 'late', 'learning-rate': '0.1' },
        Environment: { MLFLOW_RUN_ID: 'abc' },
        InputDataConfig: [
          {
            ChannelName: 'train',
            ContentType: 'text/csv',
            DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/january' } },
          },
        ],
      }),
    );

    expect(arn).toBe('arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1');
    const description = await ended();
    expect(description).toMatchObject({
      TrainingJobStatus: 'Completed',
      SecondaryStatus: 'Completed',
      ModelArtifacts: { S3ModelArtifacts: 's3://models/out/job-1/output/model.tar.gz' },
    });
    expect(description.TrainingEndTime).toBeInstanceOf(Date);
    const archive = join(service.bucket, 'models/out/job-1/output/model.tar.gz');
    const model = JSON.parse(
      execFileSync('tar', ['-xzOf', archive, './model.json'], { encoding: 'utf8' }),
    );
    expect(model).toMatchObject({
      parameters: { trees: '20', label: 'late', 'learning-rate': '0.1' },
      channels: { train: { ContentType: 'text/csv', TrainingInputMode: 'File' } },
      rows: '1,2\n',
      arguments: ['train'],
      cwd: ['Dockerfile', 'train.mjs'],
      environment: {
        MLFLOW_RUN_ID: 'abc',
        SM_CHANNELS: '["train"]',
        SM_HPS: '{"trees":20,"label":"late","learning-rate":0.1}',
        SM_HP_LEARNING_RATE: '0.1',
        TRAINING_JOB_NAME: 'job-1',
      },
    });
    const root = model.environment.SLIPWAY_ML_ROOT;
    expect(model.environment.SM_MODEL_DIR).toBe(`${root}/model`);
    expect(model.environment.SM_CHANNEL_TRAIN).toBe(`${root}/input/data/train`);
    const log = readFileSync(join(service.dataDir, 'logs/training/job-1.log'), 'utf8');
    expect(log).toContain('loss=0.5');
    expect(log).toContain('a warning');
    expect(service.events.map(({ secondary }) => secondary)).toEqual([
      'Starting',
      'Downloading',
      'Training',
      'Uploading',
      'Completed',
    ]);
    const job = 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1';
    expect([...service.eventResources]).toEqual([job]);
  });

  it('that crashes fails with what it wrote to output/failure', async () => {
    const uri = image(
      folder,
      'crash',
      `import { writeFileSync } from 'node:fs';
       writeFileSync(process.env.SLIPWAY_ML_ROOT + '/output/failure', 'no label column');
       process.exit(3);`,
    );
    await create(aRequest(uri));
    expect(await ended()).toMatchObject({
      TrainingJobStatus: 'Failed',
      FailureReason: 'AlgorithmError: no label column, exit code: 3',
    });
  });

  it('that is killed from within fails with 128 and the signal', async () => {
    const uri = image(folder, 'killed', "process.kill(process.pid, 'SIGKILL');");
    await create(aRequest(uri));
    expect((await ended()).FailureReason).toContain('exit code: 137');
  });

  it('that writes no model completes and stores nothing', async () => {
    await create(aRequest(image(folder, 'idle', '')));
    expect(await ended()).toMatchObject({ TrainingJobStatus: 'Completed' });
    expect(existsSync(join(service.bucket, 'models/out/job-1'))).toBe(false);
  });

  it('that hangs is ended after its time limit, by force when it must, and keeps its model', async () => {
    const uri = image(
      folder,
      'hang',
      `import { writeFileSync } from 'node:fs';
       writeFileSync(process.env.SLIPWAY_ML_ROOT + '/model/half.json', '{}');
       process.on('SIGTERM', () => console.log('asked to stop'));
       setInterval(() => {}, 1000);`,
    );
    await create(aRequest(uri, { StoppingCondition: { MaxRuntimeInSeconds: 6 } }));
    expect(await ended()).toMatchObject({
      TrainingJobStatus: 'Stopped',
      SecondaryStatus: 'MaxRuntimeExceeded',
    });
    await printed('asked to stop');
    expect(existsSync(join(service.bucket, 'models/out/job-1/output/model.tar.gz'))).toBe(true);
  });

  it('stops when it is told to, and only once', async () => {
    const uri = image(folder, 'wait', "console.log('running'); setInterval(() => {}, 1000);");
    await create(aRequest(uri));
    await printed('running');
    const stop = new StopTrainingJobCommand({ TrainingJobName: 'job-1' });
    await service.client.send(stop);
    expect(await ended()).toMatchObject({
      TrainingJobStatus: 'Stopped',
      SecondaryStatus: 'Stopped',
    });
    expect(service.events.map(({ status }) => status)).toContain('Stopping');
    await expect(service.client.send(stop)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('fails when its data cannot be read', async () => {
    const uri = image(folder, 'idle', '');
    await create(
      aRequest(uri, {
        InputDataConfig: [
          {
            ChannelName: 'train',
            DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://none/x' } },
          },
        ],
      }),
    );
    expect((await ended()).FailureReason).toMatch(/^ClientError: Data download failed/);
  });

  it('fails when the command does not exist', async () => {
    const uri = image(folder, 'idle', '');
    const algorithm = {
      TrainingImage: uri,
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['no-such-program'],
    };
    await create(aRequest(uri, { AlgorithmSpecification: algorithm }));
    expect((await ended()).FailureReason).toContain('exit code: 127');
  });

  it('leaves log and folder for 30 days', async () => {
    const files = ['logs/training/job.log', 'sagemaker/job/output/failure'];
    const present = (name: string) =>
      files.map((file) => existsSync(join(data, file.replace('job', name))));
    const data = join(folder, 'data');
    const day = 24 * 3600;
    for (const [name, days] of [
      ['old', 31],
      ['young', 29],
    ] as const) {
      for (const file of files.map((one) => join(data, one.replace('job', name)))) {
        mkdirSync(join(file, '..'), { recursive: true });
        writeFileSync(file, 'why');
      }
      const time = Date.now() / 1000 - days * day;
      utimesSync(join(data, 'logs/training', `${name}.log`), time, time);
      utimesSync(join(data, 'sagemaker', name), time, time);
    }
    await service.stop();
    await startAgain();
    await expect.poll(() => present('old')).toEqual([false, false]);
    expect(present('young')).toEqual([true, true]);
  });

  it('waits in Starting while others take all places', async () => {
    await service.stop();
    await startAgain({ concurrency: 1 });
    const uri = image(folder, 'wait', "console.log('running'); setInterval(() => {}, 1000);");
    await create(aRequest(uri));
    await create(aRequest(image(folder, 'idle', ''), { TrainingJobName: 'job-2' }));
    await printed('running');
    const second = await service.client.send(
      new DescribeTrainingJobCommand({ TrainingJobName: 'job-2' }),
    );
    expect(second.SecondaryStatus).toBe('Starting');
    await service.client.send(new StopTrainingJobCommand({ TrainingJobName: 'job-1' }));
    expect(await ended('job-2')).toMatchObject({ TrainingJobStatus: 'Completed' });
  });
});

describe('CreateTrainingJob', () => {
  it('refuses a name that is taken', async () => {
    const uri = image(folder, 'idle', '');
    await create(aRequest(uri));
    await expect(create(aRequest(uri))).rejects.toMatchObject({ name: 'ResourceInUse' });
  });

  it.each([
    ['a bad name', { TrainingJobName: 'a_b' }, /TrainingJobName/],
    [
      'two instances',
      { ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 2, VolumeSizeInGB: 1 } },
      /InstanceCount: must be 1/,
    ],
    [
      'a member it does not know',
      { DebugHookConfig: { S3OutputPath: 's3://x/y' } },
      /DebugHookConfig/,
    ],
    [
      'an unknown image',
      { AlgorithmSpecification: { TrainingImage: 'x', TrainingInputMode: 'File' } },
      /Cannot find image x/,
    ],
    [
      'pipe mode',
      { AlgorithmSpecification: { TrainingImage: 'repository:x', TrainingInputMode: 'Pipe' } },
      /TrainingInputMode/,
    ],
    [
      'a spot instance without a longest wait',
      { EnableManagedSpotTraining: true },
      /MaxWaitTimeInSeconds/,
    ],
    ['numbers as hyperparameters', { HyperParameters: { trees: 20 } }, /HyperParameters.trees/],
    [
      'an output that is no S3 address',
      { OutputDataConfig: { S3OutputPath: '/tmp' } },
      /S3OutputPath/,
    ],
  ])('refuses %s', async (_what, extra, message) => {
    const refusal = service.sageMaker.jobs.create(aRequest(image(folder, 'idle', ''), extra), '');
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toMatchObject({ code: 'ValidationException' });
  });
});

describe('ListTrainingJobs', () => {
  it('pages newest first and filters by status', async () => {
    const uri = image(folder, 'idle', '');
    for (const name of ['a', 'b', 'c']) {
      await create(aRequest(uri, { TrainingJobName: name }));
      await ended(name);
    }
    const first = await service.client.send(new ListTrainingJobsCommand({ MaxResults: 2 }));
    expect(first.TrainingJobSummaries?.map((job) => job.TrainingJobName)).toEqual(['c', 'b']);
    const second = await service.client.send(
      new ListTrainingJobsCommand({ MaxResults: 2, NextToken: first.NextToken }),
    );
    expect(second.TrainingJobSummaries?.map((job) => job.TrainingJobName)).toEqual(['a']);
    const failed = await service.client.send(
      new ListTrainingJobsCommand({ StatusEquals: 'Failed' }),
    );
    expect(failed.TrainingJobSummaries).toEqual([]);
  });

  it('answers ValidationException for a job that does not exist', async () => {
    await expect(
      service.client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'none' })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
