import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService, LambdaInvoker } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { readBody } from '../shared/body.ts';
import { pageOf } from '../shared/page.ts';
import type { FunctionConfig } from './function-config.ts';
import { MAX_PAYLOAD } from './payload.ts';

const INVOCATIONS = /^POST \/2015-03-31\/functions\/([^/]+)\/invocations$/;
const FUNCTIONS = /^GET \/2015-03-31\/functions\/?$/;
const FUNCTION = /^GET \/2015-03-31\/functions\/([^/]+)(\/configuration)?$/;

const INVALID = 'InvalidParameterValueException';

/** Functions of one page. */
const MAX_LISTED = 50;

/** The calls that our functions and an operator make. */
const OPERATIONS = ['Invoke', 'GetFunction', 'GetFunctionConfiguration', 'ListFunctions'];

/** The API, as far as those calls need it. */
export function lambdaApi(host: {
  readonly invoker: LambdaInvoker;
  readonly find: (nameOrArn: string) => FunctionConfig;
  readonly list: () => readonly FunctionConfig[];
}): AwsService {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const path = decodeURIComponent(pathname);
    const call = `${request.method} ${path}`;
    const invoked = INVOCATIONS.exec(call)?.[1];
    const described = FUNCTION.exec(call);
    if (!invoked && !described && !FUNCTIONS.test(call)) {
      throw new AwsError('UnknownOperationException', `${call} is not implemented`, 404);
    }
    const wanted = invoked ?? described?.[1];
    if (wanted === undefined) return json(response, 200, listed(host.list(), searchParams));
    checkQuery(searchParams, wanted);
    if (invoked) {
      const { name } = host.find(invoked);
      const payload = (await readBody(request, MAX_PAYLOAD)).toString('utf8') || '{}';
      checkJson(payload);
      return invoke(host.invoker, name, payload, request, response);
    }
    const configuration = describe(host.find(wanted));
    return json(response, 200, described?.[2] ? configuration : { Configuration: configuration });
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

/** The version or alias at the end of a name or ARN. */
const QUALIFIED = /^(?:.*:function:)?[\w-]+:([^:]+)$/;

function refuseOthers(query: URLSearchParams, ...known: readonly string[]): void {
  const other = [...query.keys()].find((name) => !known.includes(name));
  if (other !== undefined) throw new AwsError(INVALID, `${other} is not supported locally`);
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
function listed(functions: readonly FunctionConfig[], query: URLSearchParams): object {
  refuseOthers(query, 'MaxItems', 'Marker');
  const limit = Number(query.get('MaxItems') ?? MAX_LISTED);
  if (!(Number.isInteger(limit) && limit >= 1)) throw new AwsError(INVALID, 'MaxItems is below 1');
  const marker = query.get('Marker') ?? undefined;
  const { shown, next } = pageOf(functions, Math.min(limit, MAX_LISTED), marker, INVALID);
  return { Functions: shown.map(describe), NextMarker: next };
}

/** A function has one version here. */
function checkQuery(query: URLSearchParams, nameOrArn: string): void {
  refuseOthers(query, 'Qualifier');
  const wanted = [QUALIFIED.exec(nameOrArn)?.[1], query.get('Qualifier')];
  const version = wanted.find((one) => typeof one === 'string' && one !== '$LATEST');
  if (version) {
    const message = `Function not found: ${nameOrArn}, version ${version}: there is only $LATEST locally`;
    throw new AwsError('ResourceNotFoundException', message, 404);
  }
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
    throw new AwsError(INVALID, `Invocation type ${type}`);
  }
  const { 'x-amz-log-type': logs = 'None', 'x-amz-client-context': client } = request.headers;
  if (logs !== 'None' || client !== undefined) {
    const what = logs === 'None' ? 'A client context' : `Log type ${logs}`;
    throw new AwsError(INVALID, `${what} is not supported locally`);
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
