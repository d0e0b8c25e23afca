import type { Context } from 'aws-lambda';
import type { HttpEvent, HttpResult } from '../../functions/shared/http/api.ts';
import { openAccess } from '../../lib/local/gateway/open-access.ts';

/** An answer of the API with those of its members that the tests of a domain look into. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly body: Body;
}

/**
 * Calls a function's entry point as the HTTP API does, for the Basic user of the headers or `local`;
 * the body of the answer is parsed.
 */
export async function callApi<Body = unknown>(
  ...call: Parameters<typeof callForText>
): Promise<Answer<Body>> {
  const { status, text } = await callForText(...call);
  return { status, body: JSON.parse(text) };
}

/** As `callApi`, with headers and the body as it came; a body that is a text is sent as it is. */
export async function callForText(
  handler: (event: HttpEvent, context: Context) => unknown,
  method: string,
  path: string,
  body?: object | string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Record<string, string>; text: string }> {
  const url = new URL(path, 'http://127.0.0.1');
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { 'content-type': 'application/json', ...headers },
    ...(url.search && { queryStringParameters: Object.fromEntries(url.searchParams) }),
    requestContext: {
      http: { method, path: url.pathname },
      authorizer: { lambda: openAccess(headers.authorization) },
    },
    isBase64Encoded: false,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  } as unknown as HttpEvent;
  const answer = (await handler(event, {} as Context)) as HttpResult;
  const { statusCode: status = 200, headers: told = {}, body: text = 'null' } = answer;
  return { status, headers: told as Record<string, string>, text };
}
