import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createContext, Script } from 'node:vm';
import type { ResourceProvider } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { messageOf } from '../shared/message-of.ts';
import { UnsupportedError } from '../shared/properties.ts';

interface Value {
  readonly value: string;
}

type Values = Readonly<Record<string, Value>>;

/** What a function is given of a request, and gives back. */
interface EdgeRequest {
  readonly method: string;
  readonly uri: string;
  readonly querystring: Values;
  readonly headers: Values;
  readonly cookies: Values;
}

interface EdgeResponse {
  readonly statusCode: number;
  readonly statusDescription?: string;
  readonly headers?: Values;
  readonly body?: string | { readonly data: string };
}

/**
 * A CloudFront Function on viewer requests. It may answer, or add and replace headers; it sees no body,
 * no network and no file.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
 */
export class ViewerFunction {
  private readonly handler: (event: object) => EdgeRequest | EdgeResponse;

  constructor(logicalId: string, code: string) {
    try {
      const script = new Script(`${code}\n;handler`, { filename: `${logicalId}.js` });
      this.handler = script.runInContext(createContext({}, { codeGeneration: { strings: false } }));
    } catch (error) {
      throw new UnsupportedError(`${logicalId}: ${messageOf(error)}`);
    }
    if (typeof this.handler !== 'function') throw new UnsupportedError(`${logicalId}: no handler`);
  }

  /** True when the function answered; otherwise the request goes on, with the function's headers. */
  answers(request: IncomingMessage, response: ServerResponse): boolean {
    const asked = edgeRequest(request);
    const result = this.handler({
      version: '1.0',
      context: { eventType: 'viewer-request', requestId: randomUUID() },
      viewer: { ip: request.socket.remoteAddress },
      request: asked,
    });
    if ('statusCode' in result) {
      send(response, result);
      return true;
    }
    if (result.uri !== asked.uri) throw new UnsupportedError('A function changed the URI');
    for (const [name, { value }] of Object.entries(result.headers)) {
      if (request.headers[name] === value) continue;
      request.headers[name] = value;
      request.rawHeaders.push(name, value);
    }
    return false;
  }
}

/** `AWS::CloudFront::Function`. */
export const viewerFunctionProvider = (
  functions: Map<string, ViewerFunction>,
): ResourceProvider => ({
  type: 'AWS::CloudFront::Function',
  properties: {
    Name: true,
    AutoPublish: true,
    FunctionCode: true,
    FunctionConfig: { Comment: 'ignored', Runtime: true },
  },
  create: (logicalId, properties) => {
    const { Runtime: runtime } = properties.FunctionConfig as { Runtime?: unknown };
    if (runtime !== 'cloudfront-js-2.0' || properties.AutoPublish !== true) {
      throw new UnsupportedError(`${logicalId}: runtime ${String(runtime)}, or not published`);
    }
    const own = arn('cloudfront', `function/${String(properties.Name ?? logicalId)}`);
    functions.set(own, new ViewerFunction(logicalId, String(properties.FunctionCode)));
    return { ref: own, attributes: { FunctionARN: own, Stage: 'LIVE' } };
  },
});

function edgeRequest({ method = 'GET', url = '/', headers }: IncomingMessage): EdgeRequest {
  const [uri = '/', query = ''] = url.split('?', 2);
  const pairs = (headers.cookie ?? '').split(/; */).flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)] as const] : [];
  });
  const single = Object.entries(headers).filter(([name]) => name !== 'cookie');
  return {
    method,
    uri,
    querystring: values([...new URLSearchParams(query)]),
    headers: values(single.map(([name, value]) => [name, String(value)])),
    cookies: values(pairs),
  };
}

const values = (pairs: readonly (readonly [string, string])[]): Values =>
  Object.fromEntries(pairs.map(([name, value]) => [name, { value }]));

function send(response: ServerResponse, { statusCode, statusDescription, ...rest }: EdgeResponse) {
  const { headers = {}, body = '' } = rest;
  for (const [name, { value }] of Object.entries(headers)) response.setHeader(name, value);
  const content = Buffer.from(typeof body === 'string' ? body : body.data);
  response.setHeader('content-length', content.length);
  response.statusMessage = statusDescription ?? '';
  response.writeHead(statusCode);
  response.end(response.req.method === 'HEAD' ? undefined : content);
}
