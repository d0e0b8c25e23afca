import { dirname, join } from 'node:path';
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Handler,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type FunctionDeclaration, isImage } from '../../functions/shared/declare.ts';
import { DIST, ROOT } from '../build/paths.ts';
import type { Environment } from '../environments.ts';

function codeOf(name: string, { entry }: FunctionDeclaration) {
  if (!isImage(entry)) {
    return {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(DIST, 'functions', name)),
    };
  }
  return {
    runtime: Runtime.FROM_IMAGE,
    // More Python packages are built for x86-64 than for arm64.
    architecture: Architecture.X86_64,
    handler: Handler.FROM_IMAGE,
    code: Code.fromAssetImage(dirname(join(ROOT, entry)), {
      platform: Platform.LINUX_AMD64,
      exclude: ['__pycache__', 'README.md'],
    }),
  };
}

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
    const reserved = environment.reservedConcurrency?.[name] ?? declaration.reservedConcurrency;
    super(scope, `${name}-function`, {
      functionName: `slipway-${environment.name}-${name}`,
      description: declaration.purpose,
      ...codeOf(name, declaration),
      memorySize: declaration.memoryMb,
      timeout: Duration.seconds(declaration.timeoutSeconds),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      role,
      logGroup,
      ...(declaration.storageMb !== undefined && {
        ephemeralStorageSize: Size.mebibytes(declaration.storageMb),
      }),
      ...(reserved !== undefined && { reservedConcurrentExecutions: reserved }),
    });
  }
}
