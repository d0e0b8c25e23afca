import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultyAssembly } from '../../support/faulty-assembly.ts';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT, putTrainingData, trainingPipeline } from '../../support/training-data.ts';

const assembly = new FaultyAssembly();

/** A file that is there once every execution has another one behind it: nothing breaks before. */
const gate = join(assembly.folder, 'gate');
const GATED = `
      import { existsSync, writeFileSync } from 'node:fs';
      while (!existsSync('${gate}')) await new Promise((resolve) => setTimeout(resolve, 20));`;

/** Training programs that break, and what the platform must say of each. */
const FAULTS = [
  {
    name: 'crash',
    what: 'dies without a word',
    program: `${GATED}
      process.abort();`,
    error: 'States.TaskFailed',
    cause: /AlgorithmError: .*exit code: 134/,
  },
  {
    name: 'throw',
    what: 'writes down why it fails',
    program: `${GATED}
      writeFileSync(process.env.SLIPWAY_ML_ROOT + '/output/failure', 'the labels are all the same');
      process.exit(3);`,
    error: 'States.TaskFailed',
    cause: /the labels are all the same, exit code: 3/,
  },
  {
    name: 'hang',
    what: 'hangs and does not listen when it is told to stop',
    program: 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);',
    error: 'States.TaskFailed',
    cause: /max_runtime/,
  },
  {
    name: 'empty',
    what: 'ends well but leaves no model',
    program: `${GATED}
      console.log('done');`,
    error: 'NoModelRegistered',
    cause: /registered no model version/,
  },
] as const;

/** Everything that SageMaker tells the default bus. */
const TOLD = 'told';
assembly.add('ToldQueue', 'AWS::SQS::Queue', { QueueName: TOLD });
assembly.add('ToldRule', 'AWS::Events::Rule', {
  Name: TOLD,
  EventPattern: { source: ['aws.sagemaker'] },
  Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['ToldQueue', 'Arn'] } }],
});

const images = new Map(FAULTS.map(({ name, program }) => [name, assembly.image(name, program)]));
const host = new TestHost({ assembly: assembly.write() });
const executions = new Map<string, { broken: string; next: string }>();

/** A pipeline whose first execution breaks while the second, with the platform's trainer, waits. */
async function startBoth(bucket: string, name: string): Promise<void> {
  const training = {
    image: images.get(name as never),
    max_runtime: name === 'hang' ? 'PT1S' : 'PT5M',
    hyperparameters: { trees: 3 },
  };
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name });
  const document = trainingPipeline(bucket, { model: name, training });
  const defined = await host.call('PUT', `/api/slipway/v1/pipelines/${name}`, document);
  expect(defined.status).toBe(200);
  const path = `/api/slipway/v1/pipelines/${name}/executions`;
  const broken = await host.call('POST', path, { reason: 'to break' });
  const parameters = { 'training.image': null, 'training.max_runtime': 'PT5M' };
  const next = await host.call('POST', path, { reason: 'to go on', parameters });
  expect(next.body).toMatchObject({ status: 'QUEUED' });
  executions.set(name, { broken: String(broken.body.id), next: String(next.body.id) });
}

beforeAll(async () => {
  await host.start();
  const bucket = await putTrainingData(host.awsUrl, 2000);
  for (const { name } of FAULTS) await startBoth(bucket, name);
  writeFileSync(gate, '');
});

afterAll(async () => {
  await host.stop();
  assembly.remove();
});

describe.each(FAULTS)('a training program that $what', ({ name, error, cause }) => {
  it('is an execution that failed, with its cause', async () => {
    const id = executions.get(name)?.broken;
    const failed = await host.waitFor('PipelineFailed', { execution_id: id });
    expect(failed.data).toMatchObject({
      pipeline: name,
      error,
      cause: expect.stringMatching(cause),
    });
    const { body } = await host.call<{ outputs: { run_id: string } }>(
      'GET',
      `/api/slipway/v1/executions/${id}`,
    );
    expect(body).toMatchObject({
      status: 'FAILED',
      error: { code: error, message: expect.stringMatching(cause) },
      steps: [{ name: 'train', status: 'FAILED' }],
    });
    const { run_id: runId } = body.outputs;
    const run = await host.call('GET', `/api/2.0/mlflow/runs/get?run_id=${runId}`);
    expect(run.body).toMatchObject({ run: { info: { status: 'FAILED' } } });
  });

  it('lets go of the pipeline: the execution that waited trains', async () => {
    const { broken, next } = executions.get(name) ?? {};
    const done = await host.waitFor('PipelineSucceeded', { execution_id: next });
    // A program that broke has registered nothing.
    expect(done.data.version).toBe('1');
    const types = (await host.events())
      .filter(({ data }) => data.execution_id === broken)
      .map(({ type }) => type);
    expect(types).toEqual(['TrainingRequested', 'TrainingFailed', 'PipelineFailed']);
  });
});

/** https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html */
it('the default bus is told of each state of a job', async () => {
  const sqs = new SQSClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: TOLD }));
  const told = new Map<string, Set<string>>();
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
  for (;;) {
    const { Messages = [] } = await sqs.send(receive);
    if (Messages.length === 0) break;
    for (const { Body = '' } of Messages) {
      const { detail, ...event } = JSON.parse(Body);
      expect(event['detail-type']).toBe('SageMaker Training Job State Change');
      const states = told.get(detail.TrainingJobName) ?? new Set();
      told.set(detail.TrainingJobName, states.add(detail.SecondaryStatus));
    }
  }
  sqs.destroy();
  const statesOf = (id: string | undefined) => [...(told.get(`slipway-${id}`) ?? [])].sort();
  const { broken, next } = executions.get('crash') ?? {};
  expect(statesOf(broken)).toEqual(['Downloading', 'Failed', 'Starting', 'Training', 'Uploading']);
  const whole = ['Completed', 'Downloading', 'Starting', 'Training', 'Uploading'];
  expect(statesOf(next)).toEqual(whole);
});
