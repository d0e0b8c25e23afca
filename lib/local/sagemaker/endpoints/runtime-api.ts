import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../../shared/aws-error.ts';
import { readBody } from '../../shared/body.ts';
import { messageOf } from '../../shared/message-of.ts';
import type { Endpoint } from './endpoint.ts';
import type { Endpoints } from './endpoints.ts';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html */
const MAX_BODY_BYTES = 25 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

const PATH = /^\/endpoints\/([^/?]+)\/(async-)?invocations$/;

/** How old a queued request may become, and how long it may take, when it does not say. */
const TTL_SECONDS = 21_600;
const QUEUED_TIMEOUT_SECONDS = 900;

/** Headers of the API that the container gets as they are, and gives back. */
const ATTRIBUTES = 'x-amzn-sagemaker-custom-attributes';
const SESSION = 'x-amzn-sagemaker-session-id';

/** Whether a request signed for `sagemaker` is for the runtime rather than for the control plane. */
export const isRuntimeRequest = ({ url = '' }: IncomingMessage) => url.startsWith('/endpoints/');

/** InvokeEndpoint and InvokeEndpointAsync. Their answers and refusals are those of the runtime's API. */
export async function handleRuntime(
  endpoints: Endpoints,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await invoke(endpoints, request, response);
  } catch (error) {
    if (!(error instanceof AwsError)) console.error(error);
    const known = error instanceof AwsError ? error : undefined;
    const message = messageOf(error);
    refuse(response, known?.status ?? 500, known?.code ?? 'InternalFailure', { Message: message });
  }
}

async function invoke(endpoints: Endpoints, request: IncomingMessage, response: ServerResponse) {
  const [, name, queued] = PATH.exec(request.url ?? '') ?? [];
  if (name === undefined || request.method !== 'POST') {
    const call = `${request.method} ${request.url}`;
    const known = 'InvokeEndpoint and InvokeEndpointAsync';
    throw new AwsError('ValidationError', `${call} is not implemented: only ${known} are`);
  }
  const body = await readBody(request, MAX_BODY_BYTES);
  const endpoint = inService(endpoints, decodeURIComponent(name));
  const isQueue = endpoint.variants[0]?.queue !== undefined;
  if (isQueue !== (queued !== undefined)) {
    const call = isQueue ? 'InvokeEndpoint' : 'InvokeEndpointAsync';
    throw new AwsError('ValidationError', `Endpoint ${endpoint.name} does not support ${call}.`);
  }
  if (isQueue) return enqueue(endpoints, endpoint, request, response);
  const variant = variantFor(endpoint, request.headers['x-amzn-sagemaker-target-variant']);
  const program = endpoints.program(endpoint, variant);
  if (!program) throw unavailable(variant);
  const headers: Record<string, string> = {
    'content-type': request.headers['content-type'] ?? 'application/octet-stream',
  };
  for (const header of ['accept', ATTRIBUTES, SESSION]) {
    const value = request.headers[header];
    if (typeof value === 'string') headers[header] = value;
  }
  let answer: Awaited<ReturnType<typeof program.invoke>>;
  try {
    answer = await program.invoke(body, headers, AbortSignal.timeout(TIMEOUT_MS));
  } catch (error) {
    const Message = `Invocation of variant ${variant} failed: ${messageOf(error)}`;
    refuse(response, 424, 'ModelError', { Message, OriginalStatusCode: 0 });
    return;
  }
  if (answer.status < 200 || answer.status >= 300) {
    const OriginalMessage = answer.body.toString('utf8');
    refuse(response, 424, 'ModelError', {
      Message: `Received server error (${answer.status}) from ${variant} with message "${OriginalMessage}".`,
      OriginalMessage,
      OriginalStatusCode: answer.status,
    });
    return;
  }
  const attributes = answer.headers.get(ATTRIBUTES);
  response.writeHead(200, {
    'content-type': answer.headers.get('content-type') ?? 'application/octet-stream',
    'x-amzn-invoked-production-variant': variant,
    'x-amzn-requestid': randomUUID(),
    ...(attributes !== null && { [ATTRIBUTES]: attributes }),
  });
  response.end(answer.body);
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html */
function enqueue(
  endpoints: Endpoints,
  endpoint: Endpoint,
  { headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const given = (header: string) => {
    const value = headers[`x-amzn-sagemaker-${header}`];
    return typeof value === 'string' ? value : undefined;
  };
  const unsupported = ['s3outputpathextension', 'filename'].find((header) => given(header));
  if (unsupported) throw new AwsError('ValidationError', `${unsupported} is not implemented`);
  const input = given('inputlocation');
  if (input === undefined) throw new AwsError('ValidationError', 'InputLocation is missing');
  const [variant] = endpoint.variants;
  if (!variant?.queue) throw unavailable(endpoint.name);
  const { S3OutputPath, S3FailurePath = S3OutputPath } = variant.queue.OutputConfig;
  const id = randomUUID();
  const inferenceId = given('inference-id') ?? id;
  const output = `${S3OutputPath.replace(/\/$/, '')}/${id}.out`;
  const failure = `${S3FailurePath.replace(/\/$/, '')}/${id}-error.out`;
  const accept = given('accept');
  const attributes = given('custom-attributes');
  endpoints.queues.accept(endpoint, {
    inferenceId,
    variant: variant.name,
    input,
    output,
    failure,
    headers: {
      'content-type': given('content-type') ?? 'application/octet-stream',
      ...(accept !== undefined && { accept }),
      ...(attributes !== undefined && { [ATTRIBUTES]: attributes }),
    },
    expires: Date.now() + Number(given('requestttlseconds') ?? TTL_SECONDS) * 1000,
    timeoutMs: Number(given('invocationtimeoutseconds') ?? QUEUED_TIMEOUT_SECONDS) * 1000,
  });
  response.writeHead(202, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    'x-amzn-sagemaker-outputlocation': output,
    'x-amzn-sagemaker-failurelocation': failure,
  });
  response.end(JSON.stringify({ InferenceId: inferenceId }));
}

function inService(endpoints: Endpoints, name: string): Endpoint {
  let endpoint: Endpoint;
  try {
    endpoint = endpoints.get(name);
  } catch {
    throw new AwsError('ValidationError', `Endpoint ${name} not found.`);
  }
  if (endpoint.variants.length > 0) return endpoint;
  throw new AwsError('ValidationError', `Endpoint ${name} is in status ${endpoint.status}.`);
}

/** The variant that the caller names, or one drawn by the weights. */
function variantFor({ name, variants }: Endpoint, target: string | string[] | undefined): string {
  if (typeof target === 'string') {
    if (variants.some((variant) => variant.name === target)) return target;
    throw new AwsError('ValidationError', `Variant ${target} does not exist in endpoint ${name}.`);
  }
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  let at = Math.random() * total;
  const drawn = variants.find(({ weight }) => {
    at -= weight;
    return at < 0;
  });
  if (drawn) return drawn.name;
  throw new AwsError('ValidationError', `No variant of endpoint ${name} has any weight.`);
}

function unavailable(variant: string): AwsError {
  return new AwsError('ServiceUnavailable', `Variant ${variant} is not available`, 503);
}

function refuse(response: ServerResponse, status: number, code: string, body: object): void {
  response.setHeader('x-amzn-errortype', code);
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}
