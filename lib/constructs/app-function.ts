import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { FunctionDeclaration } from '../../functions/shared/declare.ts';
import { DIST } from '../build/paths.ts';
import type { Environment } from '../environments.ts';
import { alarm } from './alarm.ts';

/** A function as its domain declares it; the bundle was made by `npm run build`. */
export class AppFunction extends LambdaFunction {
  constructor(
    scope: Construct,
    name: string,
    declaration: FunctionDeclaration,
    environment: Environment,
  ) {
    const logGroup = new LogGroup(scope, `${name}-logs`, {
      logGroupName: `/slipway/${environment.name}/${name}`,
      retention: environment.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of its own instead of AWS's managed one, which may write to every log group.
    const role = new Role(scope, `${name}-role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Function ${name}`,
    });
    logGroup.grantWrite(role);
    super(scope, `${name}-function`, {
      functionName: `slipway-${environment.name}-${name}`,
      description: declaration.purpose,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(DIST, 'functions', name)),
      memorySize: declaration.memoryMb,
      timeout: Duration.seconds(declaration.timeoutSeconds),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      role,
      logGroup,
      ...(declaration.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: declaration.reservedConcurrency,
      }),
    });
    alarm(scope, `${name}-errors`, {
      metric: this.metricErrors({ period: Duration.minutes(5) }),
      threshold: 0,
      what: `Function ${name} failed.`,
      section: 'function-errors',
    });
    alarm(scope, `${name}-throttles`, {
      metric: this.metricThrottles({ period: Duration.minutes(5) }),
      threshold: 0,
      what: `Function ${name} was throttled.`,
      section: 'function-throttles',
    });
  }
}
