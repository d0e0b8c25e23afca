import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LambdaInvoker, ResourceProvider } from '../service.ts';
import { Authorizers } from './authorizer.ts';
import { InFlight } from './in-flight.ts';
import { IntegrationCalls } from './integration-calls.ts';
import { sendMessage } from './proxy-response.ts';
import { ApiModel, apiProviders } from './resources.ts';
import { type Routing, routeRequest } from './route-request.ts';

export interface GatewayOptions extends Pick<Routing, 'auth' | 's3' | 'store'> {
  readonly lambda: LambdaInvoker;
  /** Address of the public port: what `ApiEndpoint` resolves to. */
  readonly endpoint: string;
  /** Sees each request first; `true` when it answered (what the host itself serves). */
  readonly before?: (
    request: IncomingMessage,
    response: ServerResponse,
  ) => boolean | Promise<boolean>;
}

interface Gateway {
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
  const { lambda, auth, s3, store } = options;
  const model = new ApiModel();
  const authorizers = new Authorizers(lambda);
  const calls = new IntegrationCalls(lambda);
  const inFlight = new InFlight();
  const routing: Routing = { model, authorizers, calls, auth, s3, store };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    inFlight.add(response);
    try {
      if (await options.before?.(request, response)) return;
      await routeRequest(routing, request, response);
    } catch (error) {
      // The client left in the middle of its request: there is nobody to answer.
      if (request.destroyed && !request.complete) return;
      console.error(error);
      if (response.headersSent) response.destroy();
      else sendMessage(response, 500, 'Internal Server Error');
    }
    // What was refused unread is read now: the connection stays usable and the client sees the answer.
    if (!request.readableEnded) request.resume();
  };

  return {
    providers: apiProviders(model, options.endpoint),
    handle,
    close: () => inFlight.close(),
    stop: () => inFlight.done(),
    settled: () => calls.settled(),
    reset: () => authorizers.forget(),
  };
}
