import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAwsServer } from '../support/aws-server.ts';
import { lambdaFixture } from './function-fixture.ts';

const fixture = lambdaFixture();
let server: Awaited<ReturnType<typeof openAwsServer>>;
let client: LambdaClient;

beforeAll(async () => {
  await fixture.addFunction(
    'echo',
    `let last; export const handler = async (event) => {
       if (event.last) return last;
       last = event;
       if (event.fail) throw new Error('asked for');
       return event;
     };`,
    { ReservedConcurrentExecutions: 1 },
  );
  await fixture.lambda.start();
  server = await openAwsServer([fixture.lambda]);
  client = new LambdaClient({ ...server.client, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  await server.close();
  await fixture.close();
});

const invoke = (payload: unknown, options: object = {}) =>
  client.send(
    new InvokeCommand({ FunctionName: 'echo', Payload: JSON.stringify(payload), ...options }),
  );

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
describe('the Lambda API', () => {
  it('answers what the function returned', async () => {
    const answer = await invoke({ text: 'grüße' });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.FunctionError).toBeUndefined();
    expect(JSON.parse(answer.Payload!.transformToString())).toEqual({ text: 'grüße' });
  });

  it('marks the error of a function', async () => {
    const answer = await invoke({ fail: true });
    expect(answer.FunctionError).toBe('Unhandled');
    expect(JSON.parse(answer.Payload!.transformToString())).toMatchObject({
      errorType: 'Error',
      errorMessage: 'asked for',
    });
  });

  it('accepts an event and handles it later', async () => {
    expect((await invoke({ n: 7 }, { InvocationType: 'Event' })).StatusCode).toBe(202);
    await expect
      .poll(async () => JSON.parse((await invoke({ last: true })).Payload!.transformToString()))
      .toEqual({ n: 7 });
  });

  it('answers a dry run without an invocation', async () => {
    expect((await invoke({}, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
  });

  it('describes and lists its functions', async () => {
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: 'echo' }));
    expect(Configuration).toMatchObject({ FunctionName: 'echo', Timeout: 10, State: 'Active' });
    const { Functions } = await client.send(new ListFunctionsCommand({}));
    expect(Functions?.map(({ FunctionName }) => FunctionName)).toEqual(['echo']);
  });

  it.each([
    ['GetFunction', { Qualifier: '$LATEST' }],
    ['GetFunctionConfiguration', { Qualifier: '$LATEST' }],
  ])('%s takes the version that there is', async (call, { Qualifier }) => {
    const found =
      call === 'GetFunction'
        ? await client.send(new GetFunctionCommand({ FunctionName: 'echo', Qualifier }))
        : await client.send(
            new GetFunctionConfigurationCommand({ FunctionName: 'echo', Qualifier }),
          );
    expect(JSON.stringify(found)).toContain('"echo"');
  });

  /** https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
  it.each([
    ['DELETE', 'functions/echo'],
    ['PUT', 'functions/echo/configuration'],
    ['POST', 'functions'],
    ['GET', 'functions/echo/policy'],
    ['PUT', 'functions/echo/code'],
  ])('refuses %s of %s, which would change or tell something else', async (method, path) => {
    const scope = 'Credential=local/20260101/us-east-1/lambda/aws4_request';
    const response = await fetch(`${server.origin}/2015-03-31/${path}`, {
      method,
      headers: { authorization: `AWS4-HMAC-SHA256 ${scope}` },
      ...(method !== 'GET' && { body: '{}' }),
    });
    expect(response.status).toBe(404);
    expect(response.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
  });

  // https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
  it('lists its functions page by page', async () => {
    await fixture.addFunction('second', 'export const handler = async () => 1;');
    const first = await client.send(new ListFunctionsCommand({ MaxItems: 1 }));
    const Marker = first.NextMarker;
    const second = await client.send(new ListFunctionsCommand({ MaxItems: 10_000, Marker }));
    const names = [first, second].map(({ Functions: listed }) =>
      listed?.map(({ FunctionName }) => FunctionName),
    );
    expect(names).toEqual([['echo'], ['second']]);
    expect(second.NextMarker).toBeUndefined();
    for (const more of [{ MaxItems: 0 }, { Marker: 'x' }, { FunctionVersion: 'ALL' } as const]) {
      await expect(client.send(new ListFunctionsCommand(more))).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
      });
    }
  });

  it.each([
    ['a version that there is not', { Qualifier: '7' }, 'ResourceNotFoundException'],
    ['an alias in the name', { FunctionName: 'echo:live' }, 'ResourceNotFoundException'],
    [
      'an alias in the ARN',
      { FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:echo:live' },
      'ResourceNotFoundException',
    ],
    ['the log of an invocation', { LogType: 'Tail' }, 'InvalidParameterValueException'],
    ['a client context', { ClientContext: 'e30=' }, 'InvalidParameterValueException'],
    ['an unknown function', { FunctionName: 'other' }, 'ResourceNotFoundException'],
    ['a payload that is no JSON', { Payload: '{' }, 'InvalidRequestContentException'],
    [
      'an event above 1 MB',
      { Payload: JSON.stringify('x'.repeat(2 ** 20)), InvocationType: 'Event' },
      'RequestTooLargeException',
    ],
  ])('refuses %s', async (_what, options, name) => {
    await expect(invoke({}, options)).rejects.toMatchObject({ name });
  });
});
