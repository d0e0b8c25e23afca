import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { InvocationResult, LambdaInvoker, ResourceProvider } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { readBody } from '../shared/body.ts';
import { passThrough } from '../shared/pass-through.ts';
import { Authorizers } from './authorizer.ts';
import { corsHeaders, isPreflight, sendPreflight } from './cors.ts';
import { InFlight } from './in-flight.ts';
import { openAccess } from './open-access.ts';
import { proxyEvent, requestFacts, requestTarget } from './proxy-event.ts';
import { sendMessage, sendResult } from './proxy-response.ts';
import { redirection } from './redirection.ts';
import { ApiModel, apiProviders } from './resources.ts';
import type { MatchedRoute } from './route-table.ts';

/** API Gateway's limit of a request body, in bytes. */
const BODY_LIMIT = 10 * 1024 * 1024;

/** Milliseconds that a reset waits for answers. */
const SETTLE_MS = 1000;

export interface GatewayOptions {
  readonly lambda: LambdaInvoker;
  /** Address of the public port: what `ApiEndpoint` resolves to. */
  readonly endpoint: string;
  /** `none`: authorizers are not asked, everybody may do everything. */
  readonly auth: 'none' | 'token';
  /** Address of the store where large files are: redirections of downloads there are followed here. */
  readonly store: string;
  /** Sees each request first; `true` when it answered (what the host itself serves). */
  readonly before?: (
    request: IncomingMessage,
    response: ServerResponse,
  ) => boolean | Promise<boolean>;
}

export interface Gateway {
  readonly providers: readonly ResourceProvider[];
  /** Request listener of the public port. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Ends connections with their next answer: the port is about to close. */
  readonly close: () => void;
  /** Resolves when every request that began is answered, after a few seconds at most. */
  readonly stop: () => Promise<void>;
  /** Resolves when functions have answered what they were asked until now, or after a second. */
  readonly settled: () => Promise<void>;
  /** Forgets what authorizers answered. */
  readonly reset: () => void;
}

/** The HTTP API of the template: one API with its `$default` stage. */
export function createGateway(options: GatewayOptions): Gateway {
  const model = new ApiModel();
  const authorizers = new Authorizers(options.lambda);
  const inFlight = new InFlight();
  const working = new Set<Promise<unknown>>();

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    inFlight.add(response);
    try {
      if (await options.before?.(request, response)) return;
      await route(request, response);
    } catch (error) {
      // A client that left in the middle of its request: nobody is to be answered.
      if (request.destroyed && !request.complete) return;
      console.error(error);
      if (response.headersSent) response.destroy();
      else sendMessage(response, 500, 'Internal Server Error');
    }
    // What was refused unread is read now: the connection stays usable and the client sees the answer.
    if (!request.readableEnded) request.resume();
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
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
    const authorization = await authorize(matched, facts);
    if (authorization.denied) {
      return sendMessage(response, authorization.denied, DENIALS[authorization.denied]);
    }
    if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) {
      return sendMessage(response, 413, 'Request Too Long');
    }
    try {
      const body = hasBody(request) ? await readBody(request, BODY_LIMIT) : NO_BODY;
      const event = JSON.stringify(proxyEvent(facts, body, authorization.context));
      const result = await invoke(matched, event);
      const address = isDownload(request) ? redirection(result, options.store) : undefined;
      if (address) await passThrough(address, request, response);
      else sendResult(response, result);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.status === 413) sendMessage(response, 413, 'Request Too Long');
      else sendMessage(response, 503, 'Service Unavailable');
    }
  };

  const authorize = async ({ route }: MatchedRoute, facts: ReturnType<typeof requestFacts>) => {
    if (route.authorizerId === undefined) return { context: undefined };
    if (options.auth === 'none') return { context: openAccess(facts.headers.authorization) };
    const authorizer = model.authorizers.get(route.authorizerId);
    if (!authorizer) throw new Error(`${route.key}: no authorizer ${route.authorizerId}`);
    return authorizers.authorize(authorizer, facts);
  };

  const invoke = async ({ route }: MatchedRoute, event: string): Promise<InvocationResult> => {
    const integration = model.integrations.get(route.integrationId);
    if (!integration) throw new Error(`${route.key} has no integration`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new AwsError('IntegrationTimeout', 'The integration took too long', 503));
      }, integration.timeoutMs);
    });
    const result = options.lambda.invoke(integration.functionArn, event, { bodyApart: true });
    const answer = Promise.race([result, late]);
    working.add(answer);
    try {
      return await answer;
    } finally {
      working.delete(answer);
      clearTimeout(timer);
    }
  };

  return {
    providers: apiProviders(model, options.endpoint),
    handle,
    close: () => inFlight.close(),
    stop: () => inFlight.done(),
    settled: async () => {
      const answers = Promise.allSettled(working);
      await Promise.race([answers, pause(SETTLE_MS, undefined, { ref: false })]);
    },
    reset: () => authorizers.forget(),
  };
}

const NO_BODY = Buffer.alloc(0);

const hasBody = ({ headers }: IncomingMessage) =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

const isDownload = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD';

const DENIALS = { 401: 'Unauthorized', 403: 'Forbidden', 500: 'Internal Server Error' } as const;
