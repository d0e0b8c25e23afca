import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService, LambdaInvoker } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { readBody } from '../shared/body.ts';
import type { FunctionConfig } from './function-config.ts';
import { MAX_PAYLOAD } from './payload.ts';

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const FUNCTIONS = /^\/2015-03-31\/functions\/?$/;
const FUNCTION = /^\/2015-03-31\/functions\/([^/]+)(\/configuration)?$/;

/** The calls that our functions and an operator make. */
const OPERATIONS = ['Invoke', 'GetFunction', 'GetFunctionConfiguration', 'ListFunctions'];

/** The API, as far as those calls need it. */
export function lambdaApi(host: {
  readonly invoker: LambdaInvoker;
  readonly find: (nameOrArn: string) => FunctionConfig;
  readonly list: () => readonly FunctionConfig[];
}): AwsService {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent((request.url ?? '').split('?', 1)[0] ?? '');
    const invoked = INVOCATIONS.exec(path)?.[1];
    if (invoked && request.method === 'POST') {
      const { name } = host.find(invoked);
      const payload = (await readBody(request, MAX_PAYLOAD)).toString('utf8') || '{}';
      checkJson(payload);
      return invoke(host.invoker, name, payload, request, response);
    }
    const described = FUNCTION.exec(path)?.[1];
    if (FUNCTIONS.test(path)) return json(response, 200, { Functions: host.list().map(describe) });
    if (described) {
      const configuration = describe(host.find(described));
      const whole = path.endsWith('/configuration')
        ? configuration
        : { Configuration: configuration };
      return json(response, 200, whole);
    }
    throw new AwsError('UnknownOperationException', `${request.method} ${path}`, 404);
  };
  return {
    signingNames: ['lambda'],
    operations: OPERATIONS,
    handle: async (request, response) => {
      try {
        await handle(request, response);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        response.setHeader('x-amzn-errortype', error.code);
        json(response, error.status, { Type: 'User', Message: error.message });
      }
    },
  };
}

async function invoke(
  invoker: LambdaInvoker,
  name: string,
  payload: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (!['RequestResponse', 'Event', 'DryRun'].includes(String(type))) {
    throw new AwsError('InvalidParameterValueException', `Invocation type ${type}`);
  }
  if (type === 'DryRun') return void response.writeHead(204).end();
  if (type === 'Event') {
    await invoker.invokeAsync(name, payload);
    return void response.writeHead(202).end();
  }
  const result = await invoker.invoke(name, payload);
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-amz-executed-version': '$LATEST',
    ...(result.functionError && { 'x-amz-function-error': result.functionError }),
  });
  response.end(result.payload);
}

function checkJson(payload: string): void {
  try {
    JSON.parse(payload);
  } catch (error) {
    throw new AwsError('InvalidRequestContentException', `Could not parse request body: ${error}`);
  }
}

const describe = (config: FunctionConfig) => ({
  FunctionName: config.name,
  FunctionArn: config.arn,
  PackageType: config.packageType,
  ...(config.packageType === 'Zip' && {
    Runtime: config.runtime,
    Handler: `${config.module}.${config.handler}`,
  }),
  Timeout: config.timeoutMs / 1000,
  MemorySize: config.memoryMb,
  State: 'Active',
});

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
