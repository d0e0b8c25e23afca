import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGateway, type GatewayOptions } from '../../../../lib/local/gateway/index.ts';
import type { InvocationResult, LambdaInvoker } from '../../../../lib/local/service.ts';

const CONTEXT = { region: 'us-east-1', accountId: '000000000000', assetPath: () => '' };

type Functions = Readonly<
  Record<string, (event: never) => unknown | Promise<unknown> | InvocationResult>
>;

/** Functions in this process behind the invoker's interface; one that throws is a failed function. */
export function inProcess(functions: Functions): LambdaInvoker {
  return {
    invoke: async (arn, payload) => {
      try {
        const value = await functions[arn]!(JSON.parse(payload) as never);
        return { payload: JSON.stringify(value) ?? 'null' };
      } catch (error) {
        const { name, message } = error as Error;
        const payload = JSON.stringify({ errorType: name, errorMessage: message });
        return { payload, functionError: 'Unhandled' };
      }
    },
    invokeAsync: async () => {},
  };
}

/** A gateway on a free port; resources are created as the template would have them. */
export async function startGateway(lambda: LambdaInvoker, options: Partial<GatewayOptions> = {}) {
  const gateway = createGateway({
    lambda,
    endpoint: 'http://local',
    auth: 'token',
    store: 'http://store',
    s3: { handle: async (_request, response) => void response.end('file') },
    ...options,
  });
  const server = createServer((request, response) => void gateway.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const create = (type: string, id: string, properties: Record<string, unknown>) =>
    gateway.providers
      .find((one) => one.type === `AWS::ApiGatewayV2::${type}`)!
      .create(id, properties, CONTEXT);
  return {
    gateway,
    create,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    api: (properties: object = {}) =>
      create('Api', 'Api', { Name: 'api', ProtocolType: 'HTTP', ...properties }),
    route: (key: string, fn: string, more: { integration?: object; route?: object } = {}) => {
      const id = `${fn}-${key}`;
      create('Integration', id, {
        ApiId: 'api',
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        IntegrationUri: fn,
        ...more.integration,
      });
      create('Route', `route-${id}`, {
        ApiId: 'api',
        RouteKey: key,
        Target: `integrations/${id}`,
        ...more.route,
      });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
