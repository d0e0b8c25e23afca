import { describe, expect, it } from 'vitest';
import type { Json } from '../../lib/local/stepfunctions/asl/definition.ts';
import {
  definitionOf,
  type RunOptions,
  runDefinition,
} from '../support/state-machines/run-definition.ts';
import { fails, hangs, inTurn, payload } from '../support/state-machines/stubs.ts';

const definition = definitionOf('train');

const job = {
  name: 'slipway-e1',
  checkpoints: 'slipway-e0',
  run_id: 'run-1',
  tracking_token: 'slw_1_2',
  image: null,
  instance_type: 'ml.g5.xlarge',
  instance_count: 2,
  volume_gb: 80,
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
      ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 2, VolumeSizeInGB: 80 },
      CheckpointConfig: { S3Uri: 's3://bucket/training/checkpoints/slipway-e0' },
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
        fails('ThrottlingException', 'Rate exceeded'),
        fails('SageMaker.AmazonSageMakerException', 'Rate exceeded'),
        fails('SageMaker.ResourceInUseException', 'wrong'),
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
      'Train the model': fails('SageMaker.ResourceInUseException', 'wrong'),
      'Record the failure': fails('AnyError'),
    });
    expect(result).toMatchObject({
      status: 'FAILED',
      error: 'SageMaker.ResourceInUseException',
      cause: 'wrong',
    });
  });
});

describe('a tuned training', () => {
  const tuned = payload({ tuning: { trials: [0, 1, 2], concurrency: 2 } });
  const trialJob = (trial: Json) =>
    payload({ ...job, name: `slipway-e1-${trial}`, checkpoints: `slipway-e0-${trial}` });
  const trialOfCall = (call: TaskCall) => call.Payload.input.trial ?? null;
  interface TaskCall {
    readonly Payload: { readonly task: string; readonly input: Record<string, Json> };
  }

  /** Answers for everything, each replaceable; what was asked of the functions is kept. */
  function stubs(over: NonNullable<RunOptions['tasks']> = {}) {
    const calls: Record<string, Record<string, Json>[]> = {};
    const note = (answer: (call: TaskCall) => Json) => (call: TaskCall) => {
      const { task, input } = call.Payload;
      calls[task] = [...(calls[task] ?? []), input];
      return answer(call);
    };
    const recorded = (status: string) =>
      note((call) => payload({ trial: trialOfCall(call), status }));
    return {
      calls,
      tasks: {
        'Prepare the training job': tuned,
        'Prepare the trial': note((call) => trialJob(trialOfCall(call))),
        'Train the trial': { TrainingJobStatus: 'Completed', BillableTimeInSeconds: 7 },
        'Record the trial': recorded('SUCCEEDED'),
        'Record the failed trial': recorded('FAILED'),
        'Register the best': note(() => payload({ trial: 1, version: '4' })),
        'Record the success': note(() => succeeded),
        'Record the failure': note((call) =>
          payload({ error: call.Payload.input.error ?? '', cause: 'in words' }),
        ),
        ...over,
      },
    };
  }

  it('trains each trial, records it, registers the best and records the success', async () => {
    const names: unknown[] = [];
    const kept: string[] = [];
    const { calls, tasks } = stubs({
      'Train the trial': (call: {
        TrainingJobName: string;
        CheckpointConfig: { S3Uri: string };
      }) => {
        names.push(call.TrainingJobName);
        kept.push(call.CheckpointConfig.S3Uri);
        return { TrainingJobStatus: 'Completed', BillableTimeInSeconds: 7 };
      },
    });
    expect(await run(tasks)).toMatchObject({ status: 'SUCCEEDED', output: { version: '2' } });
    expect(names.sort()).toEqual(['slipway-e1-0', 'slipway-e1-1', 'slipway-e1-2']);
    expect(kept.sort()).toEqual(
      names.map((_, trial) => `s3://bucket/training/checkpoints/slipway-e0-${trial}`),
    );
    expect(calls['record-trial']).toHaveLength(3);
    expect(calls['record-trial']).toContainEqual({
      execution_id: 'e1',
      trial: 2,
      billable_seconds: 7,
    });
    expect(calls['register-best']).toEqual([{ execution_id: 'e1' }]);
    expect(calls['record-success']).toEqual([{ execution_id: 'e1', billable_seconds: null }]);
  });

  it('trains nothing for a trial that is done', async () => {
    const { calls, tasks } = stubs({ 'Prepare the trial': payload({ done: true }) });
    const { 'Train the trial': _, 'Record the trial': __, ...rest } = tasks;
    expect(await run(rest)).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls['register-best']).toHaveLength(1);
  });

  it('trains nothing at all when a former try has done it', async () => {
    const { calls, tasks } = stubs({
      'Prepare the training job': payload({ reused: { run_id: 'r' } }),
    });
    expect(await run(tasks)).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls['prepare-trial']).toBeUndefined();
  });

  it.each([
    ['cannot be prepared', 'Prepare the trial', fails('ExecutionStopped', 'stopped')],
    ['fails', 'Train the trial', fails('States.TaskFailed', '{"FailureReason":"no"}')],
    ['never ends', 'Train the trial', hangs],
    ['cannot be recorded', 'Record the trial', fails('Lambda.Unknown', 'no table')],
    ['hangs while it is recorded', 'Record the trial', hangs],
  ])('goes on when a trial %s', async (_name, state, stub) => {
    const { calls, tasks } = stubs({ [state]: stub });
    expect(await run(tasks)).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls['record-trial-failure']).toHaveLength(3);
    expect(calls['record-trial-failure']?.[0]).toMatchObject({ error: expect.any(String) });
    expect(calls['register-best']).toHaveLength(1);
  });

  it('goes on when even the failure of a trial cannot be recorded', async () => {
    const { calls, tasks } = stubs({
      'Train the trial': fails('States.TaskFailed'),
      'Record the failed trial': fails('Lambda.Unknown'),
    });
    expect(await run(tasks)).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls['register-best']).toHaveLength(1);
  });

  it('tries again what is throttled', async () => {
    let prepared = 0;
    const { calls, tasks } = stubs({
      'Prepare the training job': payload({ tuning: { trials: [0], concurrency: 1 } }),
      'Prepare the trial': inTurn(fails('Lambda.TooManyRequestsException'), () => {
        prepared++;
        return trialJob(0);
      }),
      'Train the trial': inTurn(fails('SageMaker.AmazonSageMakerException', 'Rate exceeded'), {
        TrainingJobStatus: 'Completed',
      }),
      'Record the trial': inTurn(fails('Lambda.ServiceException'), payload({ trial: 0 })),
      'Register the best': inTurn(fails('Lambda.SdkClientException'), payload({ version: '4' })),
    });
    expect(await run(tasks)).toMatchObject({ status: 'SUCCEEDED' });
    expect(prepared).toBe(1);
    expect(calls['record-trial-failure']).toBeUndefined();
  });

  it.each([
    ['no trial succeeded', fails('AllTrialsFailed', 'none')],
    ['the registration hangs', hangs],
  ])('fails when %s', async (_name, stub) => {
    const { calls, tasks } = stubs({ 'Register the best': stub });
    const result = await run(tasks);
    expect(calls['record-failure']).toHaveLength(1);
    expect(result).toMatchObject({ status: 'FAILED', cause: 'in words' });
  });
});
