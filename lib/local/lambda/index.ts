import { join } from 'node:path';
import type {
  AwsService,
  Deliver,
  LambdaInvoker,
  Lifecycle,
  ResourceProvider,
} from '../service.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import { AsyncQueue } from './async-queue.ts';
import { FUNCTION_PROPERTIES, type FunctionConfig, functionConfig } from './function-config.ts';
import { FunctionPool, IDLE_MS } from './function-pool.ts';
import { lambdaApi } from './lambda-api.ts';
import { LogFile } from './log-file.ts';

export interface LambdaOptions {
  readonly dataDir: string;
  /** Variables that every function gets besides its own: the endpoints of the local services. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Takes events that failed for good to a function's on-failure destination. */
  readonly deliver: Deliver;
}

export interface LambdaService extends AwsService, Lifecycle, LambdaInvoker {
  readonly providers: readonly ResourceProvider[];
  /** Starts an environment of a function before its first event. */
  warm(nameOrArn: string): void;
}

/** The Lambda host: functions of the template, each in worker threads of its own. */
export function createLambda(options: LambdaOptions): LambdaService {
  const pools = new Map<string, FunctionPool>();
  const logs: LogFile[] = [];
  const destinations = new Map<string, string>();

  const pool = (nameOrArn: string): FunctionPool => {
    const name = nameOrArn.split(':').at(-1) ?? '';
    const found = pools.get(name);
    if (!found) {
      throw new AwsError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
    }
    return found;
  };

  const queue = new AsyncQueue(
    join(options.dataDir, 'lambda.db'),
    (name, payload) => pool(name).invoke(payload),
    (name, payload) => {
      const arn = destinations.get(name);
      if (arn) void options.deliver({ arn, payload });
    },
  );

  const functions: ResourceProvider = {
    type: 'AWS::Lambda::Function',
    properties: FUNCTION_PROPERTIES,
    create: (logicalId, properties, context) => {
      const config = functionConfig(logicalId, properties, context);
      const log = new LogFile(join(options.dataDir, 'logs', `${config.name}.log`));
      logs.push(log);
      const variables = { ...ambient(config), ...options.environment(), ...config.environment };
      pools.set(config.name, new FunctionPool(config, variables, (line) => log.write(line)));
      return { ref: config.name, attributes: { Arn: config.arn } };
    },
  };

  const eventInvokeConfigs: ResourceProvider = {
    type: 'AWS::Lambda::EventInvokeConfig',
    properties: {
      FunctionName: true,
      Qualifier: 'ignored',
      DestinationConfig: { OnFailure: { Destination: true } },
    },
    create: (logicalId, properties) => {
      const config = properties.DestinationConfig as { OnFailure?: { Destination: string } };
      const destination = config?.OnFailure?.Destination;
      if (destination) destinations.set(String(properties.FunctionName), destination);
      return { ref: logicalId, attributes: {} };
    },
  };

  const invoker: LambdaInvoker = {
    invoke: async (arn, payload) => pool(arn).invoke(payload),
    invokeAsync: async (arn, payload) => queue.add(pool(arn).config.name, payload),
  };
  let sweep: NodeJS.Timeout | undefined;
  return {
    ...invoker,
    ...lambdaApi({
      invoker,
      find: (name) => pool(name).config,
      list: () => [...pools.values()].map(({ config }) => config),
    }),
    providers: [functions, eventInvokeConfigs],
    warm: (name) => pool(name).warm(),
    start: async () => {
      queue.start();
      sweep = setInterval(() => {
        for (const one of pools.values()) void one.discardIdleSince(Date.now() - IDLE_MS);
      }, 60_000);
    },
    stop: async () => {
      clearInterval(sweep);
      await queue.stop();
      await Promise.all([...pools.values()].map((one) => one.stop()));
      await Promise.all(logs.map((log) => log.close()));
    },
  };
}

/** What Lambda itself sets. Credentials are the local ones: nothing here is secret. */
const ambient = (config: FunctionConfig): Record<string, string> => ({
  AWS_REGION: LOCAL_REGION,
  AWS_DEFAULT_REGION: LOCAL_REGION,
  AWS_ACCOUNT_ID: LOCAL_ACCOUNT,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_LAMBDA_FUNCTION_NAME: config.name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
  TZ: ':UTC',
});
