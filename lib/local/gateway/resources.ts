import type { ResourceProvider } from '../service.ts';
import { UnsupportedError } from '../shared/properties.ts';
import { type Authorizer, isIdentitySource } from './authorizer.ts';
import { CORS_PROPERTIES, type CorsConfiguration } from './cors.ts';
import { RouteTable } from './route-table.ts';

/** Milliseconds; API Gateway's default and maximum of an integration, and its minimum. */
const INTEGRATION_TIMEOUT_MS = 30_000;
const LEAST_TIMEOUT_MS = 50;

/** Seconds that an authorizer's answer may be kept. */
const MAX_TTL_SECONDS = 3600;

/** Whole segments are variables, and only the last one may take the rest of the path. */
const ROUTE_KEY =
  /^(\$default|(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[^\s/{}]*|\/\{[\w.-]+\})*(\/\{[\w.-]+\+\})?)$/;

export interface Integration {
  readonly functionArn: string;
  readonly timeoutMs: number;
}

/** The API as the template declares it. */
export class ApiModel {
  id = '';
  cors: CorsConfiguration | undefined;
  readonly routes = new RouteTable();
  readonly routeKeys = new Set<string>();
  readonly integrations = new Map<string, Integration>();
  readonly authorizers = new Map<string, Authorizer>();
}

/** Providers that fill the model; `endpoint` is the address of the public port. */
export function apiProviders(model: ApiModel, endpoint: string): ResourceProvider[] {
  return [
    apiProvider(model, endpoint),
    STAGE,
    integrationProvider(model),
    authorizerProvider(model),
    routeProvider(model),
  ];
}

const apiProvider = (model: ApiModel, endpoint: string): ResourceProvider => ({
  type: 'AWS::ApiGatewayV2::Api',
  properties: {
    Name: true,
    ProtocolType: true,
    CorsConfiguration: CORS_PROPERTIES,
    Description: 'ignored',
    DisableExecuteApiEndpoint: 'ignored',
    Tags: 'ignored',
  },
  create: (logicalId, properties) => {
    if (model.id) throw new UnsupportedError(`${logicalId}: a second API is not supported locally`);
    if (properties.ProtocolType !== 'HTTP') {
      throw new UnsupportedError(`${logicalId}: protocol ${String(properties.ProtocolType)}`);
    }
    model.id = logicalId.toLowerCase().slice(0, 10);
    model.cors = properties.CorsConfiguration as CorsConfiguration | undefined;
    return { ref: model.id, attributes: { ApiId: model.id, ApiEndpoint: endpoint } };
  },
});

const STAGE: ResourceProvider = {
  type: 'AWS::ApiGatewayV2::Stage',
  properties: {
    ApiId: true,
    StageName: true,
    AutoDeploy: true,
    AccessLogSettings: 'ignored',
    DefaultRouteSettings: 'ignored',
    RouteSettings: 'ignored',
    Description: 'ignored',
    Tags: 'ignored',
  },
  create: (logicalId, properties) => {
    if (properties.StageName !== '$default' || properties.AutoDeploy !== true) {
      const stage = String(properties.StageName);
      throw new UnsupportedError(
        `${logicalId}: stage ${stage} (only $default, deployed by itself)`,
      );
    }
    return { ref: '$default', attributes: {} };
  },
};

const integrationProvider = (model: ApiModel): ResourceProvider => ({
  type: 'AWS::ApiGatewayV2::Integration',
  properties: {
    ApiId: true,
    IntegrationType: true,
    IntegrationUri: true,
    PayloadFormatVersion: true,
    TimeoutInMillis: true,
    IntegrationMethod: 'ignored',
    Description: 'ignored',
  },
  create: (logicalId, properties) => {
    const { IntegrationType: type, PayloadFormatVersion: version } = properties;
    if (type !== 'AWS_PROXY' || version !== '2.0') {
      throw new UnsupportedError(`${logicalId}: integration ${String(type)} ${String(version)}`);
    }
    const timeoutMs = Number(properties.TimeoutInMillis ?? INTEGRATION_TIMEOUT_MS);
    if (!(timeoutMs >= LEAST_TIMEOUT_MS && timeoutMs <= INTEGRATION_TIMEOUT_MS)) {
      throw new UnsupportedError(
        `${logicalId}: TimeoutInMillis ${String(properties.TimeoutInMillis)}, which must be ${LEAST_TIMEOUT_MS} to ${INTEGRATION_TIMEOUT_MS}`,
      );
    }
    const functionArn = functionArnIn(String(properties.IntegrationUri));
    model.integrations.set(logicalId, { functionArn, timeoutMs });
    return { ref: logicalId, attributes: { IntegrationId: logicalId } };
  },
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
const authorizerProvider = (model: ApiModel): ResourceProvider => ({
  type: 'AWS::ApiGatewayV2::Authorizer',
  properties: {
    ApiId: true,
    Name: true,
    AuthorizerType: true,
    AuthorizerUri: true,
    AuthorizerPayloadFormatVersion: true,
    AuthorizerResultTtlInSeconds: true,
    EnableSimpleResponses: true,
    IdentitySource: true,
    AuthorizerCredentialsArn: 'ignored',
  },
  create: (logicalId, properties) => {
    const { AuthorizerType: type, AuthorizerPayloadFormatVersion: version } = properties;
    if (type !== 'REQUEST' || version !== '2.0' || properties.EnableSimpleResponses !== true) {
      throw new UnsupportedError(`${logicalId}: only REQUEST authorizers with simple responses`);
    }
    const identitySources = (properties.IdentitySource ?? []) as readonly string[];
    const unknown = identitySources.find((source) => !isIdentitySource(source));
    if (unknown !== undefined) {
      throw new UnsupportedError(`${logicalId}: identity source ${unknown}`);
    }
    const ttl = Number(properties.AuthorizerResultTtlInSeconds ?? 0);
    if (!(Number.isInteger(ttl) && ttl >= 0 && ttl <= MAX_TTL_SECONDS)) {
      throw new UnsupportedError(
        `${logicalId}: AuthorizerResultTtlInSeconds ${String(properties.AuthorizerResultTtlInSeconds)}, which must be 0 to ${MAX_TTL_SECONDS}`,
      );
    }
    if (ttl > 0 && identitySources.length === 0) {
      throw new UnsupportedError(
        `${logicalId}: AuthorizerResultTtlInSeconds ${ttl} without an IdentitySource: the first caller's answer would be everybody's`,
      );
    }
    model.authorizers.set(logicalId, {
      id: logicalId,
      functionArn: functionArnIn(String(properties.AuthorizerUri)),
      identitySources,
      ttlMs: ttl * 1000,
    });
    return { ref: logicalId, attributes: { AuthorizerId: logicalId } };
  },
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
const routeProvider = (model: ApiModel): ResourceProvider => ({
  type: 'AWS::ApiGatewayV2::Route',
  properties: {
    ApiId: true,
    RouteKey: true,
    Target: true,
    AuthorizationType: true,
    AuthorizerId: true,
  },
  create: (logicalId, properties) => {
    const { AuthorizationType: authorization = 'NONE', AuthorizerId: authorizer } = properties;
    if (authorization !== 'NONE' && authorization !== 'CUSTOM') {
      throw new UnsupportedError(`${logicalId}: authorization ${String(authorization)}`);
    }
    const key = String(properties.RouteKey);
    if (!ROUTE_KEY.test(key)) {
      throw new UnsupportedError(`${logicalId}: RouteKey ${key}: a method and a path, or $default`);
    }
    if (model.routeKeys.has(key)) throw new UnsupportedError(`${logicalId}: a second route ${key}`);
    model.routeKeys.add(key);
    const integrationId = String(properties.Target).replace('integrations/', '');
    model.routes.add({
      key,
      integrationId,
      ...(authorization === 'CUSTOM' && { authorizerId: String(authorizer) }),
    });
    return { ref: logicalId, attributes: { RouteId: logicalId } };
  },
});

/** A function's ARN, bare or within `arn:aws:apigateway:…:path/2015-03-31/functions/<arn>/invocations`. */
function functionArnIn(uri: string): string {
  return /\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
}
