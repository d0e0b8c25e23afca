import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendEmpty } from './context.ts';
import { accessDenied } from './errors.ts';

/** A rule of a bucket's `CorsConfiguration`. */
export interface CorsRule {
  readonly AllowedOrigins: readonly string[];
  readonly AllowedMethods: readonly string[];
  readonly AllowedHeaders?: readonly string[];
  readonly ExposedHeaders?: readonly string[];
  /** Seconds. */
  readonly MaxAge?: number;
}

/** Lets a page of an allowed origin read the answer; the first rule that fits counts. */
export function setCorsHeaders(
  rules: readonly CorsRule[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const rule = matchingRule(rules, request, request.method ?? '');
  if (!rule) return;
  response.setHeader('access-control-allow-origin', allowedOrigin(rule, request));
  response.setHeader('vary', 'origin');
  if (rule.ExposedHeaders) {
    response.setHeader('access-control-expose-headers', rule.ExposedHeaders.join(', '));
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html */
export function sendPreflight(
  rules: readonly CorsRule[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const method = String(request.headers['access-control-request-method'] ?? '');
  const wanted = String(request.headers['access-control-request-headers'] ?? '');
  const headers = wanted.split(',').map((name) => name.trim().toLowerCase());
  const rule = matchingRule(rules, request, method, headers.filter(Boolean));
  if (!rule) throw accessDenied('CORSResponse: This CORS request is not allowed.');
  sendEmpty(response, 200, {
    'access-control-allow-origin': allowedOrigin(rule, request),
    'access-control-allow-methods': rule.AllowedMethods.join(', '),
    ...(wanted && { 'access-control-allow-headers': wanted }),
    ...(rule.MaxAge !== undefined && { 'access-control-max-age': String(rule.MaxAge) }),
    vary: 'origin, access-control-request-headers, access-control-request-method',
  });
}

function matchingRule(
  rules: readonly CorsRule[],
  request: IncomingMessage,
  method: string,
  headers: readonly string[] = [],
): CorsRule | undefined {
  const { origin } = request.headers;
  if (origin === undefined) return undefined;
  return rules.find(
    (rule) =>
      rule.AllowedOrigins.some((allowed) => fits(allowed, origin)) &&
      rule.AllowedMethods.includes(method) &&
      headers.every((name) =>
        rule.AllowedHeaders?.some((allowed) => fits(allowed.toLowerCase(), name)),
      ),
  );
}

const allowedOrigin = (rule: CorsRule, { headers }: IncomingMessage) =>
  rule.AllowedOrigins.includes('*') ? '*' : (headers.origin ?? '');

/** A pattern has at most one `*`. */
function fits(pattern: string, text: string): boolean {
  const [start = '', end] = pattern.split('*', 2);
  if (end === undefined) return pattern === text;
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}
