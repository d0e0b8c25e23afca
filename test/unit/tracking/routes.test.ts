import type { Context } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import type { HttpEvent, HttpResult } from '../../../functions/shared/http/api.ts';
import { trackingRoutes } from '../../../functions/tracking/routes.ts';
import { handler } from '../../../functions/tracking/tracking.lambda.ts';

const ONE_SIDED = [
  'listGatewayEndpoints',
  'listGatewayModels',
  'listGatewayProviders',
  'getGatewaySecretsConfig',
  'listExperiments',
  'deleteRuns',
  'restoreRuns',
  'getExperimentPermissionLevels',
  'getExperimentPermissions',
  'setExperimentPermissions',
  'updateExperimentPermissions',
];
const JSON_BODY = { 'content-type': 'application/json' };

async function call(method: string, rawPath: string): Promise<HttpResult> {
  const authorizer = { lambda: { user: 'ana', groups: ['users'] } };
  const requestContext = { http: { method }, authorizer };
  const event = { rawPath, rawQueryString: '', headers: JSON_BODY, requestContext };
  return (await handler(event as unknown as HttpEvent, {} as Context)) as HttpResult;
}

describe('the function tracking', () => {
  it('answers /health and a version that clients can compare', async () => {
    expect(await call('GET', '/health')).toMatchObject({ statusCode: 200, body: 'OK' });
    const version = await call('GET', '/version');
    expect(version.body).toMatch(/^\d+\.\d+\.\d+$/);
    expect(version.headers?.['content-type']).toContain('text/plain');
  });

  it.each(['/', '/api/2.0/mlflow/nothing', '/nothing'])(
    'answers %s, which nobody claims, with 404 ENDPOINT_NOT_FOUND',
    async (path) => {
      const { statusCode, body } = await call('GET', path);
      expect(statusCode).toBe(404);
      expect(JSON.parse(body ?? '')).toMatchObject({ error_code: 'ENDPOINT_NOT_FOUND' });
    },
  );

  it.each([
    ['2.0/mlflow/gateway-proxy', { endpoints: [] }],
    ['3.0/mlflow/gateway/endpoints/list', { endpoints: [] }],
    ['3.0/mlflow/gateway/supported-providers', { providers: [] }],
    ['3.0/mlflow/gateway/supported-models', { models: [] }],
  ])('has nothing of a gateway: %s', async (path, nothing) => {
    const { statusCode, body } = await call('GET', `/ajax-api/${path}`);
    expect([statusCode, JSON.parse(body ?? '')]).toEqual([200, nothing]);
  });

  it('keeps no API keys of language models, which is an answer and no error', async () => {
    const path = '/ajax-api/3.0/mlflow/gateway/secrets/config';
    const { statusCode, body } = await call('GET', path);
    expect([statusCode, JSON.parse(body ?? '')]).toMatchObject([200, { secrets_available: false }]);
  });

  it('tells what it offers', async () => {
    const info = async () =>
      JSON.parse((await call('GET', '/api/3.0/mlflow/server-info')).body ?? '');
    const everywhere = {
      store_type: 'SqlStore',
      workspaces_enabled: false,
      multipart_downloads_enabled: false,
    };
    vi.stubEnv('AWS_ENDPOINT_URL', undefined);
    expect(await info()).toEqual({ ...everywhere, multipart_uploads_enabled: true });
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:5001');
    expect(await info()).toEqual({ ...everywhere, multipart_uploads_enabled: false });
    const telemetry = await call('GET', '/ajax-api/3.0/mlflow/ui-telemetry');
    expect(JSON.parse(telemetry.body ?? '')).toMatchObject({ disable_ui_telemetry: true });
  });

  it('has every MLflow route under both prefixes', () => {
    const under = (prefix: string) =>
      trackingRoutes
        .filter(({ path }) => path.startsWith(prefix))
        // Only the interface, or only Databricks' SDK, asks for them.
        .filter(({ operation }) => !ONE_SIDED.includes(operation))
        .map(({ method, path, fn }) => `${method} ${path.slice(prefix.length)} ${fn}`);
    expect(under('/ajax-api/2.0')).toEqual(under('/api/2.0'));
    expect(under('/api/2.0').length).toBeGreaterThan(20);
  });
});
