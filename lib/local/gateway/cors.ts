import type { IncomingMessage, ServerResponse } from 'node:http';

/** `CorsConfiguration` of an API. */
export interface CorsConfiguration {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly AllowCredentials?: boolean;
  /** Seconds. */
  readonly MaxAge?: number;
}

export const CORS_PROPERTIES = {
  AllowOrigins: true,
  AllowMethods: true,
  AllowHeaders: true,
  ExposeHeaders: true,
  AllowCredentials: true,
  MaxAge: true,
} as const;

/**
 * Headers for an allowed origin; none for another. What the function says of CORS does not count.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(
  cors: CorsConfiguration,
  request: IncomingMessage,
): Record<string, string> {
  const { origin } = request.headers;
  const { AllowOrigins = [], AllowCredentials, ExposeHeaders = [] } = cors;
  if (!origin || !AllowOrigins.some((allowed) => matches(allowed, origin))) return {};
  return {
    'access-control-allow-origin': AllowOrigins.includes('*') ? '*' : origin,
    ...(AllowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(ExposeHeaders.length > 0 && { 'access-control-expose-headers': ExposeHeaders.join(',') }),
    ...(!AllowOrigins.includes('*') && { vary: 'origin' }),
  };
}

export function isPreflight(request: IncomingMessage): boolean {
  const { origin, 'access-control-request-method': method } = request.headers;
  return request.method === 'OPTIONS' && origin !== undefined && method !== undefined;
}

/** API Gateway answers preflights itself, even where a route would match. */
export function sendPreflight(
  cors: CorsConfiguration,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const headers = corsHeaders(cors, request);
  if (Object.keys(headers).length > 0) {
    const { AllowMethods = [], AllowHeaders = [], MaxAge } = cors;
    if (AllowMethods.length > 0) headers['access-control-allow-methods'] = AllowMethods.join(',');
    if (AllowHeaders.length > 0) headers['access-control-allow-headers'] = AllowHeaders.join(',');
    if (MaxAge !== undefined) headers['access-control-max-age'] = String(MaxAge);
  }
  response.writeHead(204, headers).end();
}

/** `https://*` and `http://*` allow every host of that scheme. */
const matches = (allowed: string, origin: string) =>
  allowed === '*' ||
  allowed === origin ||
  (/^https?:\/\/\*$/.test(allowed) && origin.startsWith(allowed.slice(0, -1)));
