import type { OperationContext } from '../../shared/context.ts';
import { type HttpRequest, type HttpResult, json, toDomainError } from '../../shared/http/api.ts';
import type { JsonOperation } from '../../shared/http/json-api.ts';
import { requirePermission } from '../endpoints/require-permission.ts';
import { getInvocation } from '../queue/queue-operations.ts';
import { describeOpenApi } from './get-open-api.ts';
import { type InvokeDependencies, invokeEndpoint, liveSnapshot } from './invoke-endpoint.ts';
import { describeModel, type Predictions, toInvocation, toTensors } from './open-inference.ts';
import type { Snapshot } from './snapshots.ts';

/** What the data path does besides `/invocations`: descriptions, and the Open Inference Protocol. */
export function dataPathOperations(dependencies: InvokeDependencies) {
  const live = async (request: HttpRequest, context: OperationContext): Promise<Snapshot> => {
    const name = request.params.name ?? '';
    const snapshot = await liveSnapshot(name, dependencies);
    requirePermission(name, snapshot.live, context.actor, 'CAN_VIEW');
    return snapshot;
  };
  return {
    invokeEndpoint: (request: HttpRequest, context: OperationContext) =>
      invokeEndpoint(request, context, dependencies),
    getInvocation,
    getOpenApi: async (request: HttpRequest, context: OperationContext) => {
      const { host, 'x-forwarded-proto': scheme = 'https' } = request.headers;
      const server = `${scheme}://${host ?? request.event.requestContext.domainName}`;
      return describeOpenApi(await live(request, context), server);
    },
    isLive: async () => ({ live: true }),
    isReady: async () => ({ ready: true }),
    isModelReady: inProtocol(async (request: HttpRequest, context: OperationContext) => {
      const snapshot = await live(request, context);
      describeModel(snapshot, request.params.version);
      return { name: snapshot.live.endpoint, ready: true };
    }),
    getModelMetadata: inProtocol(async (request: HttpRequest, context: OperationContext) =>
      describeModel(await live(request, context), request.params.version),
    ),
    infer: inProtocol(async (given: HttpRequest, context: OperationContext) => {
      const { request, id } = toInvocation(given);
      const answer = await invokeEndpoint(request, context, dependencies);
      if (answer.statusCode === 202) return answer;
      const body = JSON.parse(answer.body ?? '{}') as {
        predictions?: Predictions;
        message?: string;
      };
      if (!body.predictions) return { ...answer, body: JSON.stringify({ error: body.message }) };
      const version = String(answer.headers?.['slipway-model-version']);
      const about = { name: request.params.name ?? '', version, ...(id !== undefined && { id }) };
      return json(200, toTensors(body.predictions, about), textHeaders(answer));
    }),
  };
}

/** Refusals in the protocol's own form, which its clients read. */
function inProtocol(operation: JsonOperation): JsonOperation {
  return async (request, context) => {
    try {
      return await operation(request, context);
    } catch (cause) {
      const { status, code, message } = toDomainError(cause);
      return json(status, { error: message, error_code: code });
    }
  };
}

const textHeaders = ({ headers = {} }: HttpResult): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
