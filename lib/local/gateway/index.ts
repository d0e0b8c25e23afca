import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LambdaInvoker, ResourceProvider } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { readBody } from '../shared/body.ts';
import { UnsupportedError } from '../shared/properties.ts';
import { proxyEvent } from './proxy-event.ts';
import { sendMessage, sendResult } from './proxy-response.ts';
import { RouteTable } from './route-table.ts';

/** API Gateway's limit of a request body. */
const BODY_LIMIT = 10 * 1024 * 1024;

export interface GatewayOptions {
  readonly lambda: LambdaInvoker;
  /** Address of the public port: what `ApiEndpoint` resolves to. */
  readonly endpoint: string;
}

export interface Gateway {
  readonly providers: readonly ResourceProvider[];
  /** Request listener of the public port. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** The HTTP API of the template: one API with its `$default` stage. */
export function createGateway(options: GatewayOptions): Gateway {
  const routes = new RouteTable();
  const integrations = new Map<string, string>();
  let apiId = '';

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const matched = routes.match(request.method ?? 'GET', path);
    if (!matched) {
      request.resume();
      return sendMessage(response, 404, 'Not Found');
    }
    const functionArn = integrations.get(matched.route.integrationId);
    if (!functionArn) throw new Error(`${matched.route.key} has no integration`);
    try {
      const body = await readBody(request, BODY_LIMIT);
      const event = proxyEvent(request, body, matched, apiId);
      sendResult(response, await options.lambda.invoke(functionArn, JSON.stringify(event)));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.status === 413) return refuseLarge(request, response);
      sendMessage(response, error.status === 429 ? 503 : 500, 'Service Unavailable');
    }
  };

  const providers: ResourceProvider[] = [
    {
      type: 'AWS::ApiGatewayV2::Api',
      properties: { Name: true, ProtocolType: true, Description: 'ignored', Tags: 'ignored' },
      create: (logicalId, properties) => {
        if (apiId)
          throw new UnsupportedError(`${logicalId}: a second API is not supported locally`);
        if (properties.ProtocolType !== 'HTTP') {
          throw new UnsupportedError(`${logicalId}: protocol ${String(properties.ProtocolType)}`);
        }
        apiId = logicalId.toLowerCase().slice(0, 10);
        return { ref: apiId, attributes: { ApiId: apiId, ApiEndpoint: options.endpoint } };
      },
    },
    {
      type: 'AWS::ApiGatewayV2::Stage',
      properties: {
        ApiId: true,
        StageName: true,
        AutoDeploy: true,
        AccessLogSettings: 'ignored',
        DefaultRouteSettings: 'ignored',
        Tags: 'ignored',
      },
      create: (logicalId, properties) => {
        if (properties.StageName !== '$default') {
          throw new UnsupportedError(`${logicalId}: stage ${String(properties.StageName)}`);
        }
        return { ref: '$default', attributes: {} };
      },
    },
    {
      type: 'AWS::ApiGatewayV2::Integration',
      properties: {
        ApiId: true,
        IntegrationType: true,
        IntegrationUri: true,
        PayloadFormatVersion: true,
      },
      create: (logicalId, properties) => {
        const { IntegrationType: type, PayloadFormatVersion: version } = properties;
        if (type !== 'AWS_PROXY' || version !== '2.0') {
          throw new UnsupportedError(
            `${logicalId}: integration ${String(type)} ${String(version)}`,
          );
        }
        integrations.set(logicalId, String(properties.IntegrationUri));
        return { ref: logicalId, attributes: { IntegrationId: logicalId } };
      },
    },
    {
      type: 'AWS::ApiGatewayV2::Route',
      properties: { ApiId: true, RouteKey: true, Target: true, AuthorizationType: true },
      create: (logicalId, properties) => {
        const { AuthorizationType: authorization = 'NONE' } = properties;
        if (authorization !== 'NONE') {
          throw new UnsupportedError(`${logicalId}: authorization ${String(authorization)}`);
        }
        const integrationId = String(properties.Target).replace('integrations/', '');
        routes.add({ key: String(properties.RouteKey), integrationId });
        return { ref: logicalId, attributes: { RouteId: logicalId } };
      },
    },
  ];
  return { providers, handle };
}

/** Reads on for a moment, so that a client that is still sending sees the answer and not a reset. */
function refuseLarge(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.setHeader('connection', 'close');
  sendMessage(response, 413, 'Request Too Long');
}
