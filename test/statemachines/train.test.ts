import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../lib/local/stepfunctions/asl/definition.ts';
import {
  type RunOptions,
  runDefinition,
} from '../../lib/local/stepfunctions/harness/run-definition.ts';
import { fails, hangs, inTurn } from '../../lib/local/stepfunctions/harness/stubs.ts';

const definition = readFileSync(
  join(import.meta.dirname, '../../statemachines/train.asl.json'),
  'utf8',
);

const payload = (value: Json) => ({ Payload: value, StatusCode: 200 });
const job = {
  name: 'slipway-e1',
  run_id: 'run-1',
  tracking_token: 'slw_1_2',
  image: null,
  instance_type: 'ml.g5.xlarge',
  instance_count: 2,
  spot: true,
  stopping_condition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 4200 },
  timeout_seconds: 4800,
  input_data: [{ ChannelName: 'train' }],
  hyperparameters: { trees: '10' },
};
const prepared = payload(job);
const succeeded = payload({ run_id: 'run-1', version: '2' });

interface FailureCall {
  readonly Payload: { readonly task: string; readonly input: Record<string, string> };
}

function run(tasks: NonNullable<RunOptions['tasks']>) {
  return runDefinition(definition, {
    input: { execution_id: 'e1', correlation_id: 'c1' },
    tasks,
    substitutions: {
      PipelinesTasksFunctionArn: 'arn:aws:lambda:tasks',
      TrainingImage: 'the-image',
      TrainingRoleArn: 'arn:aws:iam:role',
      ArtifactsBucket: 'bucket',
      TrackingUri: 'http://tracking',
    },
  });
}

/** What the task would answer, and what it was told. */
function failureRecorder() {
  const calls: Record<string, string>[] = [];
  return {
    calls,
    stub: (call: FailureCall) => {
      calls.push(call.Payload.input);
      return payload({ error: call.Payload.input.error ?? '', cause: 'in words' });
    },
  };
}

describe('train', () => {
  it('creates the job that was prepared and records what came of it', async () => {
    let request: unknown;
    let recorded: unknown;
    const result = await run({
      'Prepare the training job': prepared,
      'Train the model': (call: Json) => {
        request = call;
        return { TrainingJobStatus: 'Completed' };
      },
      'Record the success': (call: Json) => {
        recorded = call;
        return succeeded;
      },
    });
    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: { run_id: 'run-1', version: '2' },
    });
    expect(request).toEqual({
      TrainingJobName: 'slipway-e1',
      AlgorithmSpecification: { TrainingImage: 'the-image', TrainingInputMode: 'File' },
      RoleArn: 'arn:aws:iam:role',
      InputDataConfig: [{ ChannelName: 'train' }],
      OutputDataConfig: { S3OutputPath: 's3://bucket/training' },
      ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 2, VolumeSizeInGB: 50 },
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 4200 },
      HyperParameters: { trees: '10' },
      Environment: {
        MLFLOW_TRACKING_URI: 'http://tracking',
        MLFLOW_TRACKING_TOKEN: 'slw_1_2',
        MLFLOW_RUN_ID: 'run-1',
      },
    });
    expect(recorded).toMatchObject({
      FunctionName: 'arn:aws:lambda:tasks',
      Payload: { task: 'record-success', input: { execution_id: 'e1' }, correlation_id: 'c1' },
    });
  });

  it("takes the pipeline's own image when it names one", async () => {
    let request: { AlgorithmSpecification?: { TrainingImage?: string } } = {};
    await run({
      'Prepare the training job': payload({ ...job, image: 'my-image' }),
      'Train the model': (call: typeof request) => {
        request = call;
        return {};
      },
      'Record the success': succeeded,
    });
    expect(request.AlgorithmSpecification?.TrainingImage).toBe('my-image');
  });

  it.each([
    ['the preparation', { 'Prepare the training job': fails('ExecutionStopped', 'stopped') }],
    [
      'the job',
      {
        'Prepare the training job': prepared,
        'Train the model': fails('States.TaskFailed', '{"FailureReason":"no label"}'),
      },
    ],
    [
      'a job that registered no model',
      {
        'Prepare the training job': prepared,
        'Train the model': {},
        'Record the success': fails('NoModelRegistered', 'none'),
      },
    ],
  ])('records the failure of %s and fails with it', async (_name, stubs) => {
    const recorder = failureRecorder();
    const result = await run({ ...stubs, 'Record the failure': recorder.stub });
    const [told] = recorder.calls;
    expect(told).toMatchObject({ execution_id: 'e1', cause: expect.any(String) });
    expect(result).toMatchObject({
      status: 'FAILED',
      error: told?.error,
      cause: 'in words',
    });
  });

  it('gives up a job that never ends', async () => {
    const recorder = failureRecorder();
    const result = await run({
      'Prepare the training job': prepared,
      'Train the model': hangs,
      'Record the failure': recorder.stub,
    });
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(recorder.calls).toHaveLength(1);
  });

  it('tries again what is throttled, and records a failure until it is recorded', async () => {
    let recorded = 0;
    const result = await run({
      'Prepare the training job': inTurn(fails('Lambda.TooManyRequestsException'), prepared),
      'Train the model': inTurn(
        fails('SageMaker.ResourceLimitExceededException'),
        fails('SageMaker.ValidationException', 'wrong'),
      ),
      'Record the failure': inTurn(fails('AnyError'), fails('AnyError'), () => {
        recorded++;
        return payload({ error: 'e', cause: 'c' });
      }),
    });
    expect(recorded).toBe(1);
    expect(result).toMatchObject({ status: 'FAILED', error: 'e', cause: 'c' });
  });

  it('fails with the first error when even the failure cannot be recorded', async () => {
    const result = await run({
      'Prepare the training job': prepared,
      'Train the model': fails('SageMaker.ValidationException', 'wrong'),
      'Record the failure': fails('AnyError'),
    });
    expect(result).toMatchObject({
      status: 'FAILED',
      error: 'SageMaker.ValidationException',
      cause: 'wrong',
    });
  });
});
