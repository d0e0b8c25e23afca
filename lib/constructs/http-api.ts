import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  type CfnStage,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
} from 'aws-cdk-lib/aws-apigatewayv2';
import {
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { GatewayRoute } from '../../functions/shared/declare.ts';
import type { Environment } from '../environments.ts';

/** Requests per second that the whole API takes before it answers 429. */
const RATE_LIMIT = 1000;
const BURST_LIMIT = 2000;

/** How long an authorizer's answer holds: what a revoked token has left at most. */
const AUTHORIZER_TTL = Duration.seconds(10);

const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  ip: '$context.identity.sourceIp',
});

/** The public API: one integration a function, one route a declared key, all behind the authorizer. */
export class SlipwayApi extends HttpApi {
  constructor(scope: Construct, environment: Environment, authorizer: IFunction) {
    super(scope, 'api', {
      apiName: `slipway-${environment.name}`,
      defaultAuthorizer: new HttpLambdaAuthorizer('authorizer', authorizer, {
        responseTypes: [HttpLambdaResponseType.SIMPLE],
        resultsCacheTtl: AUTHORIZER_TTL,
      }),
    });
    const log = new LogGroup(scope, 'api-access', {
      logGroupName: `/slipway/${environment.name}/api-access`,
      retention: environment.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = this.defaultStage?.node.defaultChild as CfnStage;
    stage.accessLogSettings = { destinationArn: log.logGroupArn, format: ACCESS_LOG };
    stage.defaultRouteSettings = {
      throttlingRateLimit: RATE_LIMIT,
      throttlingBurstLimit: BURST_LIMIT,
    };
  }

  addFunction(name: string, fn: IFunction, routes: readonly GatewayRoute[]): void {
    const integration = new HttpLambdaIntegration(`${name}-integration`, fn, {
      scopePermissionToRoute: false,
    });
    for (const { key, open } of routes) {
      const route = new HttpRoute(this, key, {
        httpApi: this,
        integration,
        routeKey: routeKey(key),
        ...(open && { authorizer: new HttpNoneAuthorizer() }),
      });
      if (open) Validations.of(route).acknowledge(OPEN_BY_PURPOSE);
    }
  }
}

const OPEN_BY_PURPOSE = {
  id: 'AwsSolutions::AwsSolutions-APIG4',
  reason: 'Load balancers and clients ask it before they have credentials; it tells nothing.',
};

function routeKey(key: string): HttpRouteKey {
  const [method, path] = key.split(' ', 2);
  if (path === undefined) return HttpRouteKey.DEFAULT;
  return HttpRouteKey.with(path, HttpMethod[method as keyof typeof HttpMethod]);
}
