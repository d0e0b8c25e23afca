import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LOCAL_ACCOUNT } from '../shared/arn.ts';
import type { MatchedRoute } from './route-table.ts';

/** Types that API Gateway hands over as text; everything else arrives base64-encoded. */
const TEXT = /^(text\/|application\/(json|xml|javascript)|[^;]*\+(json|xml))/i;

/** Path and query of a request; the path is decoded, as API Gateway's `rawPath` is in spite of its name. */
interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/** Undefined for a path that cannot be decoded. */
export function requestTarget(url: string): RequestTarget | undefined {
  const at = url.indexOf('?');
  const raw = at < 0 ? url : url.slice(0, at);
  try {
    const path = raw.includes('%') ? decodeURIComponent(raw) : raw;
    return { path, query: at < 0 ? '' : url.slice(at + 1) };
  } catch {
    return undefined;
  }
}

/** What an integration and an authorizer are both told of a request. */
export type RequestFacts = ReturnType<typeof requestFacts>;

/**
 * The common part of payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function requestFacts(
  request: IncomingMessage,
  target: RequestTarget,
  { route, pathParameters }: MatchedRoute,
  apiId: string,
) {
  const { headers, cookies } = headersOf(request);
  const host = headers.host ?? '';
  // A forwarded address would be the client's own claim; the gateway reports the connection's.
  const sourceIp = request.socket.remoteAddress ?? '';
  headers['x-forwarded-for'] = headers['x-forwarded-for']
    ? `${headers['x-forwarded-for']}, ${sourceIp}`
    : sourceIp;
  headers['x-forwarded-port'] = String(request.socket.localPort ?? '');
  headers['x-forwarded-proto'] = 'http';
  const now = Date.now();
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: target.path,
    rawQueryString: target.query,
    ...(cookies && { cookies }),
    headers,
    ...(target.query && { queryStringParameters: queryParameters(target.query) }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId,
      domainName: host,
      domainPrefix: host.split('.', 1)[0] ?? '',
      http: {
        method: request.method ?? 'GET',
        path: target.path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: route.key,
      stage: '$default',
      time: commonLogTime(now),
      timeEpoch: now,
    },
  };
}

/** The event of an integration; `authorizer` is the context that a Lambda authorizer answered. */
export function proxyEvent(facts: RequestFacts, body: Buffer, authorizer: unknown) {
  const declaredText = TEXT.test(facts.headers['content-type'] ?? '');
  const isText = body.length === 0 || (declaredText && isUtf8(body));
  const { requestContext } = facts;
  return {
    ...facts,
    requestContext:
      authorizer === undefined
        ? requestContext
        : { ...requestContext, authorizer: { lambda: authorizer } },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: !isText,
  };
}

/** Names in lower case, repeated headers joined by commas, cookies apart. */
function headersOf({ rawHeaders }: IncomingMessage) {
  const headers: Record<string, string> = {};
  let cookies: string[] | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    if (name === 'cookie') cookies = [...(cookies ?? []), ...value.split(/; */)];
    else headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value;
  }
  return { headers, cookies };
}

/** Repeated parameters are joined by commas, as format 2.0 has no multi-value map. */
function queryParameters(query: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    values[name] = Object.hasOwn(values, name) ? `${values[name]},${value}` : value;
  }
  return values;
}

let lastTime = { second: Number.NaN, text: '' };

/** `21/Nov/2026:07:55:20 +0000`: the same for all requests of a second. */
function commonLogTime(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastTime.second) {
    const text = new Date(epochMs).toUTCString();
    const date = text.slice(5, 16).replaceAll(' ', '/');
    lastTime = { second, text: `${date}:${text.slice(17, 25)} +0000` };
  }
  return lastTime.text;
}
