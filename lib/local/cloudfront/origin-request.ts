import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CloudFrontRequest, CloudFrontResultResponse } from 'aws-lambda';
import type { AwsService, LambdaInvoker } from '../service.ts';
import { forwardUpload } from './forward-upload.ts';

/** Headers that CloudFront itself answers for. */
const READ_ONLY = ['content-length', 'transfer-encoding', 'connection'];

interface OriginRequestOptions {
  readonly lambda: LambdaInvoker;
  /** Address of the API as a function can call it. */
  readonly api: URL;
  /** Address of the store: uploads that are sent there are taken by `s3`. */
  readonly store: string;
  readonly s3: Pick<AwsService, 'handle'>;
}

/**
 * Asks a Lambda@Edge function on the way to the API; true when it answered. It sees the headers, never
 * the body.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
 */
export async function originRequest(
  functionArn: string,
  request: IncomingMessage,
  response: ServerResponse,
  { lambda, api, store, s3 }: OriginRequestOptions,
): Promise<boolean> {
  const asked = edgeRequest(request, api);
  const config = { eventType: 'origin-request', requestId: randomUUID() };
  const event = { Records: [{ cf: { config, request: asked } }] };
  const result = await lambda.invoke(functionArn, JSON.stringify(event));
  const answer = JSON.parse(result.payload) as CloudFrontResultResponse | CloudFrontRequest;
  if (!result.functionError && 'uri' in answer) {
    if (JSON.stringify(answer) === JSON.stringify(asked)) return false;
    throw new Error(`${functionArn} changed a request, which is not supported here`);
  }
  if (result.functionError || !('status' in answer)) {
    response.writeHead(502, { 'content-type': 'text/plain' }).end('The edge function failed');
    return true;
  }
  const location = answer.headers?.location?.[0]?.value;
  if (answer.status === '307' && location?.startsWith(`${store}/`)) {
    await forwardUpload(new URL(location), request, response, s3);
  } else send(response, answer);
  return true;
}

function edgeRequest(request: IncomingMessage, api: URL): CloudFrontRequest {
  const { url = '/', method = 'GET', headers, socket } = request;
  const [uri = '/', querystring = ''] = url.split('?', 2);
  const lists = Object.entries(headers).map(([key, value]) => [
    key,
    [value ?? ''].flat().map((one) => ({ key, value: one })),
  ]);
  return {
    clientIp: socket.remoteAddress ?? '',
    method,
    uri,
    querystring,
    headers: Object.fromEntries(lists),
    origin: {
      custom: {
        domainName: api.hostname,
        port: Number(api.port),
        protocol: 'http',
        path: api.pathname,
        customHeaders: {},
        keepaliveTimeout: 5,
        readTimeout: 60,
        sslProtocols: ['TLSv1.2'],
      },
    },
  };
}

function send(
  response: ServerResponse,
  { status, headers = {}, body = '' }: CloudFrontResultResponse,
) {
  for (const [name, values] of Object.entries(headers)) {
    if (READ_ONLY.includes(name)) continue;
    response.setHeader(
      name,
      values.map(({ value }) => value),
    );
  }
  response.writeHead(Number(status)).end(body);
}
