import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { readBody } from '../shared/body.ts';
import { free } from '../shared/free.ts';
import type { Authorizers } from './authorizer.ts';
import { corsHeaders, isPreflight, sendPreflight } from './cors.ts';
import { followDownload } from './follow-download.ts';
import type { IntegrationCalls } from './integration-calls.ts';
import { openAccess } from './open-access.ts';
import { proxyEvent, requestFacts, requestTarget } from './proxy-event.ts';
import { sendMessage, sendResult } from './proxy-response.ts';
import { redirection } from './redirection.ts';
import type { ApiModel } from './resources.ts';
import type { MatchedRoute } from './route-table.ts';

/** API Gateway's limit of a request body, in bytes. */
const BODY_LIMIT = 10 * 1024 * 1024;

/** What requests to the API go through. */
export interface Routing {
  readonly model: ApiModel;
  readonly authorizers: Authorizers;
  readonly calls: IntegrationCalls;
  /** `none`: authorizers are not asked, everybody may do everything. */
  readonly auth: 'none' | 'token';
  /** Address of the store where large files are: redirections of downloads there are followed here. */
  readonly store: string;
  readonly s3: Pick<AwsService, 'handle'>;
}

type Facts = ReturnType<typeof requestFacts>;

/** Answers a request as API Gateway does: CORS, route, authorizer, limits, then the function. */
export async function routeRequest(
  routing: Routing,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { model } = routing;
  const target = requestTarget(request.url ?? '/');
  if (!target) return sendMessage(response, 400, 'Bad Request');
  if (model.cors) {
    if (isPreflight(request)) return sendPreflight(model.cors, request, response);
    const headers = corsHeaders(model.cors, request);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  }
  const matched = model.routes.match(request.method ?? 'GET', target.path);
  if (!matched) return sendMessage(response, 404, 'Not Found');
  const facts = requestFacts(request, target, matched, model.id);
  response.setHeader('apigw-requestid', facts.requestContext.requestId);
  const authorization = await authorize(routing, matched, facts);
  if (authorization.denied) {
    return sendMessage(response, authorization.denied, DENIALS[authorization.denied]);
  }
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) {
    return sendMessage(response, 413, 'Request Too Long');
  }
  try {
    const body = hasBody(request) ? await readBody(request, BODY_LIMIT) : NO_BODY;
    const event = JSON.stringify(proxyEvent(facts, body, authorization.context));
    free(body);
    const result = await routing.calls.invoke(integrationOf(model, matched), event);
    const address = isDownload(request) ? redirection(result, routing.store) : undefined;
    if (address) await followDownload(address, request, response, routing.s3);
    else sendResult(response, result);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.status === 413) sendMessage(response, 413, 'Request Too Long');
    else sendMessage(response, 503, 'Service Unavailable');
  }
}

async function authorize(routing: Routing, { route }: MatchedRoute, facts: Facts) {
  if (route.authorizerId === undefined) return { context: undefined };
  if (routing.auth === 'none') return { context: openAccess(facts.headers.authorization) };
  const authorizer = routing.model.authorizers.get(route.authorizerId);
  if (!authorizer) throw new Error(`${route.key}: no authorizer ${route.authorizerId}`);
  return routing.authorizers.authorize(authorizer, facts);
}

function integrationOf(model: ApiModel, { route }: MatchedRoute) {
  const integration = model.integrations.get(route.integrationId);
  if (!integration) throw new Error(`${route.key} has no integration`);
  return integration;
}

const NO_BODY = Buffer.alloc(0);

const hasBody = ({ headers }: IncomingMessage) =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

const isDownload = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD';

const DENIALS = { 401: 'Unauthorized', 403: 'Forbidden', 500: 'Internal Server Error' } as const;
