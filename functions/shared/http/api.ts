import middy from '@middy/core';
import type {
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { ANONYMOUS, actorFromContext } from '../actor.ts';
import { systemClock } from '../clock.ts';
import type { OperationContext } from '../context.ts';
import type { Route } from '../declare.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../ids.ts';
import { log } from '../log.ts';
import { metered } from '../metering.ts';
import { compressedIfLarge } from './compressed.ts';
import { createRouter } from './router.ts';

export type HttpEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & {
    /** `lambda` is what the authorizer answered. */
    readonly authorizer?: { readonly lambda?: unknown };
  }
>;
export type HttpResult = APIGatewayProxyStructuredResultV2;

/** A request whose route is known. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as sent, base64 already undone. */
  readonly body: Buffer;
  readonly event: HttpEvent;
}

interface HttpApi<R extends Route> {
  readonly routes: readonly R[];
  readonly fn: string;
  /** Takes the matched row to its operation, with decoding and encoding of the dialect. */
  readonly dispatch: (
    route: R,
    request: HttpRequest,
    context: OperationContext,
  ) => Promise<HttpResult>;
  /** Body of an error in the dialect; by default `{error_code, message}`. */
  readonly errorBody?: (error: DomainError) => unknown;
}

/**
 * The one HTTP stack: routing by table, principal, error mapping. Dialects (`mlflowApi`, `jsonApi`)
 * differ only in `dispatch`.
 */
export function httpApi<R extends Route>(api: HttpApi<R>) {
  const router = createRouter(api.routes.filter((route) => route.fn === api.fn));
  // Of a path's methods others may be other functions'. Made for the first request that has no route here.
  let everywhere: typeof router | undefined;
  const methodsOf = (path: string): string[] => {
    everywhere ??= createRouter(api.routes);
    return everywhere.methods(path);
  };
  const errorBody = api.errorBody ?? defaultErrorBody;
  return middy<HttpEvent, HttpResult, Error, Context>()
    .use(metered())
    .use({
      onError: (request) => {
        const error = toDomainError(request.error);
        const again = AGAIN.has(error.code) ? AGAIN_SOON : {};
        request.response = json(error.status, errorBody(error), again);
      },
    })
    .handler(async (event: HttpEvent) => {
      const sent = event.requestContext.http.method;
      // Whoever answers it leaves the body out.
      const method = sent === 'HEAD' ? 'GET' : sent;
      const match = router.match(method, event.rawPath);
      const isOpen = match?.route.open;
      // Nothing that a client can send takes the authorizer's place.
      const principal = actorFromContext(event.requestContext.authorizer?.lambda);
      const actor = principal ?? (isOpen ? ANONYMOUS : undefined);
      if (!actor) throw new DomainError('UNAUTHENTICATED', 'The request has no principal');
      if (!match) {
        const methods = methodsOf(event.rawPath);
        if (methods.length === 0) {
          if (event.rawPath.includes('//')) return mergedSlashes(event);
          const message = `No API found for '${sent} ${event.rawPath}'`;
          throw new DomainError('ENDPOINT_NOT_FOUND', message);
        }
        if (method === 'OPTIONS') return { statusCode: 204, headers: allowed(methods), body: '' };
        const message = `${sent} is not allowed for ${event.rawPath}`;
        const refused = new DomainError('METHOD_NOT_ALLOWED', message);
        return json(refused.status, errorBody(refused), allowed(methods));
      }
      const request: HttpRequest = {
        method,
        path: event.rawPath,
        params: match.params,
        query: (event.queryStringParameters ?? {}) as Record<string, string>,
        headers: event.headers,
        body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
        event,
      };
      const correlationId = event.headers['x-request-id'] ?? newId();
      const context = { actor, clock: systemClock, correlationId };
      const result = await api.dispatch(match.route, request, context);
      return compressedIfLarge(result, event.headers['accept-encoding']);
    });
}

/** What may be sent to a path (RFC 9110, 10.2.1), as MLflow's server tells it. */
const allowed = (methods: readonly string[]) => ({
  allow: ['OPTIONS', ...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', '),
});

/** Clients join addresses with a slash too many; MLflow's server sends them to the path they mean. */
function mergedSlashes({ rawPath, rawQueryString }: HttpEvent): HttpResult {
  const path = encodeURI(rawPath.replaceAll(/\/{2,}/g, '/'));
  const location = rawQueryString ? `${path}?${rawQueryString}` : path;
  return { statusCode: 308, headers: { location }, body: '' };
}

export function json(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpResult {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

const defaultErrorBody = (error: DomainError) => ({
  error_code: error.code,
  message: error.message,
  ...(error.details === undefined ? {} : { details: error.details }),
});

/** Clients wait so many seconds, and repeat the request by themselves. */
const AGAIN = new Set(['REQUEST_LIMIT_EXCEEDED', 'TEMPORARILY_UNAVAILABLE']);
const AGAIN_SOON = { 'retry-after': '1' };

/** What a table may take later (`DynamoError`). */
const isPassing = (error: unknown): error is Error & { readonly status: number } =>
  error instanceof Error && 'passing' in error && error.passing === true;

/**
 * What a table refused is 429, what it may have done before it failed 503: MLflow's clients from 3.18
 * on send what creates again after 408 and 429 alone.
 * Unknown errors are logged once and answered with a fixed text: they may hold secrets.
 */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  log.error('unexpected error', error instanceof Error ? error : new Error(String(error)));
  if (isPassing(error)) {
    const code = error.status < 500 ? 'REQUEST_LIMIT_EXCEEDED' : 'TEMPORARILY_UNAVAILABLE';
    const message = 'More is asked for than the storage takes now; try again';
    return new DomainError(code, message, { cause: error });
  }
  return new DomainError('INTERNAL_ERROR', 'An internal error occurred', { cause: error });
}
