import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../lib/local/stepfunctions/asl/definition.ts';
import { Machines } from '../../../../lib/local/stepfunctions/execution/machines.ts';
import { apiError } from '../../../../lib/local/stepfunctions/integrations/api-call.ts';
import { integrations } from '../../../../lib/local/stepfunctions/integrations/integrations.ts';
import {
  parseResource,
  resourceProblem,
} from '../../../../lib/local/stepfunctions/integrations/resources.ts';
import {
  type SdkCall,
  sdkCalls,
} from '../../../../lib/local/stepfunctions/integrations/sdk-call.ts';

interface Called {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
}

/** Calls a resource whose APIs are answered by `answer`. */
async function call(resource: string, input: Json, answer: (called: Called) => unknown) {
  const called: Called[] = [];
  const sdk: SdkCall = async (service, operation, request) => {
    const one = { service, operation, input: request };
    called.push(one);
    return answer(one);
  };
  const run = integrations({
    lambda: {
      invoke: async (arn, payload) =>
        answer({ service: 'lambda', operation: arn, input: payload }) as never,
      invokeAsync: async (arn, payload) => {
        called.push({ service: 'lambda', operation: arn, input: payload });
      },
    },
    trainingJobs: {} as never,
    sdk,
    machines: new Machines(),
    executions: () => undefined as never,
  });
  const output = await run({
    state: 'S',
    resource,
    arguments: input,
    key: 'k',
    signal: new AbortController().signal,
  });
  return { output, called };
}

function awsError(name: string): Error {
  return Object.assign(new Error('no'), { name });
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
describe('errors', () => {
  it.each([
    [
      'arn:aws:states:::aws-sdk:dynamodb:putItem',
      'ConditionalCheckFailedException',
      'DynamoDb.ConditionalCheckFailedException',
    ],
    ['arn:aws:states:::aws-sdk:s3:getObject', 'NoSuchKey', 'S3.NoSuchKeyException'],
  ])('of %s: %s is %s', async (resource, name, error) => {
    const failing = () => {
      throw awsError(name);
    };
    await expect(call(resource, {}, failing)).rejects.toMatchObject({ error, cause: 'no' });
  });

  it('of a function that does not exist is Lambda.ResourceNotFoundException', async () => {
    const failing = () => {
      throw awsError('ResourceNotFoundException');
    };
    await expect(
      call('arn:aws:states:::lambda:invoke', { FunctionName: 'f' }, failing),
    ).rejects.toMatchObject({ error: 'Lambda.ResourceNotFoundException' });
  });

  it('of a function without a type is Lambda.Unknown', async () => {
    const failing = () => ({ payload: '"odd"', functionError: 'Unhandled' });
    await expect(
      call('arn:aws:states:::lambda:invoke', { FunctionName: 'f' }, failing),
    ).rejects.toMatchObject({ error: 'Lambda.Unknown', cause: '"odd"' });
  });
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html */
describe('lambda:invoke', () => {
  const resource = 'arn:aws:states:::lambda:invoke';

  it('refuses arguments that it does not know', async () => {
    const input = { FunctionName: 'f', InvocationType: 'Event' };
    await expect(call(resource, input, () => undefined)).rejects.toThrow('InvocationType');
  });
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html */
describe('aws-sdk', () => {
  it('reads bodies, turns dates into text and leaves the metadata out', async () => {
    const { output } = await call('arn:aws:states:::aws-sdk:s3:getObject', {}, () => ({
      $metadata: { httpStatusCode: 200 },
      LastModified: new Date(0),
      Body: { transformToString: async () => 'text' },
    }));
    expect(output).toEqual({ LastModified: '1970-01-01T00:00:00.000Z', Body: 'text' });
  });

  it('reaches the local API through the real client', async () => {
    const requests: unknown[] = [];
    const server = createServer((request, response) => {
      requests.push(request.headers['x-amz-target']);
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end('{"QueueUrl":"http://q"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = (server.address() as AddressInfo).port;
    const sdk = sdkCalls({ region: 'us-east-1', endpoint: () => `http://127.0.0.1:${port}` });

    const answer = await sdk('sqs', 'getQueueUrl', { QueueName: 'n' });

    expect(answer).toMatchObject({ QueueUrl: 'http://q' });
    expect(requests).toEqual(['AmazonSQS.GetQueueUrl']);
    await expect(sdk('sqs', 'noSuchThing', {})).rejects.toThrow('no operation');
    server.closeAllConnections();
    server.close();
  });
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html */
describe('an error of SageMaker', () => {
  const named = (name: string) => Object.assign(new Error('why'), { name });

  it.each([
    ['optimized', 'ResourceLimitExceeded', 'SageMaker.ResourceLimitExceededException'],
    ['optimized', 'ResourceInUse', 'SageMaker.ResourceInUseException'],
    ['optimized', 'ValidationException', 'SageMaker.AmazonSageMakerException'],
    ['aws-sdk', 'ResourceNotFound', 'SageMaker.ResourceNotFoundException'],
    ['aws-sdk', 'ValidationException', 'SageMaker.SageMakerException'],
  ] as const)('of the %s integration, %s, is %s', (style, name, expected) => {
    const { error, cause } = apiError(style, 'sagemaker', named(name));
    expect(error).toBe(expected);
    expect(cause).toContain('why');
    if (name === 'ValidationException') expect(cause).toContain(`Error Code: ${name}`);
  });
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html */
describe('resources', () => {
  const problem = (arn: string, type: 'STANDARD' | 'EXPRESS' = 'STANDARD') =>
    resourceProblem(
      arn,
      type,
      (service, operation) => `${service}:${operation}` === 's3:GetObject',
    );

  it('are taken apart', () => {
    expect(parseResource('arn:aws:states:::states:startExecution.sync:2')).toEqual({
      service: 'states',
      operation: 'startExecution',
      pattern: 'sync:2',
    });
    expect(parseResource('arn:aws:states:::aws-sdk:s3:getObject')).toEqual({
      service: 'aws-sdk:s3',
      operation: 'getObject',
      pattern: 'request',
    });
  });

  it.each([
    'arn:aws:states:::lambda:invoke',
    'arn:aws:states:::lambda:invoke.waitForTaskToken',
    'arn:aws:states:::sagemaker:createTrainingJob.sync',
    'arn:aws:states:::aws-sdk:s3:getObject',
  ])('can be %s', (arn) => {
    expect(problem(arn)).toBeUndefined();
  });

  it.each([
    'arn:aws:states:::glue:startJobRun.sync',
    'arn:aws:states:::events:putEvents',
    'arn:aws:lambda:us-east-1:000000000000:function:f',
    'arn:aws:states:::dynamodb:putItem',
    'arn:aws:states:::lambda:invoke.sync',
    'arn:aws:states:::aws-sdk:ec2:runInstances',
    'arn:aws:states:::aws-sdk:toString:call',
    'arn:aws:states:::aws-sdk:s3:putBucketPolicy',
    'arn:aws:states:::aws-sdk:s3:getObject.sync',
    'arn:aws:states:us-east-1:000000000000:activity:a',
    'nonsense',
  ])('cannot be %s', (arn) => {
    expect(problem(arn)).toBeTypeOf('string');
  });

  it('that wait are none for Express machines', () => {
    expect(problem('arn:aws:states:::lambda:invoke.waitForTaskToken', 'EXPRESS')).toMatch(
      'STANDARD',
    );
  });
});
