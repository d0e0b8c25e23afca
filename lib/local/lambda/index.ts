import { join } from 'node:path';
import type {
  AwsService,
  Deliver,
  LambdaInvoker,
  Lifecycle,
  ResourceProvider,
} from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { LogFile } from '../shared/log-file.ts';
import { ambientEnvironment } from './ambient-environment.ts';
import {
  type AsyncPolicy,
  asyncPolicy,
  DEFAULT_MAX_AGE_MS,
  DEFAULT_RETRIES,
  EVENT_INVOKE_PROPERTIES,
} from './async-policy.ts';
import { AsyncQueue } from './async-queue.ts';
import { EmbeddedMetrics } from './embedded-metrics.ts';
import { FUNCTION_PROPERTIES, functionConfig, type ImageFolder } from './function-config.ts';
import { FunctionPool, type PoolHooks } from './function-pool.ts';
import { lambdaApi } from './lambda-api.ts';
import { MAX_ASYNC_PAYLOAD, sizeAbove } from './payload.ts';
import type { FunctionError } from './protocol.ts';
import { SourcePositions } from './source-positions.ts';

/** An environment that nobody used for this long is given up. */
const IDLE_MS = 10 * 60_000;

const LEAVE_MS = 1000;

export interface LambdaOptions {
  readonly dataDir: string;
  /** Variables that every function gets besides its own: the endpoints of the local services. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Takes events that failed for good to a function's destination. */
  readonly deliver: Deliver;
  /** Where an image of the assembly lies that is built from a Dockerfile. */
  readonly imageFolder?: ImageFolder;
  /** Environments per function that may run at once; by default as many as the machine has use for. */
  readonly concurrency?: number;
  /** Milliseconds that functions in work may take at a reset before they are given up; by default a second. */
  readonly leaveMs?: number;
  /** Folder of the bundles' source maps: places in errors and logs are those of the sources. */
  readonly sourceMaps?: string;
  /** Told of each invocation that failed, with the error's type and message. */
  readonly onError?: (functionName: string, error: FunctionError) => void;
}

export interface LambdaService extends AwsService, Lifecycle, LambdaInvoker {
  readonly providers: readonly ResourceProvider[];
  /** What the functions measured since the start, as Prometheus reads it. */
  metrics(): string;
  /** Starts an environment of a function before its first event. */
  warm(nameOrArn: string): void;
  /** Takes another folder of code for a function; what is in work finishes with the old one. */
  replaceCode(name: string, folder: string): void;
  /**
   * Forgets asynchronous events and gives up every environment, with whatever it had cached; none asks
   * anything of a service afterwards.
   */
  reset(): Promise<void>;
}

/** The Lambda host: functions of the template, each in worker threads or child processes of its own. */
export function createLambda(options: LambdaOptions): LambdaService {
  const pools = new Map<string, FunctionPool>();
  const logs: LogFile[] = [];
  const policies = new Map<string, Partial<AsyncPolicy>>();
  const metrics = new EmbeddedMetrics();
  const cacheDir = join(options.dataDir, 'images');
  const positions = options.sourceMaps ? new SourcePositions(options.sourceMaps) : undefined;

  const pool = (nameOrArn: string): FunctionPool => {
    const found = pools.get(functionName(nameOrArn));
    if (found) return found;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
  };

  const queue = new AsyncQueue(join(options.dataDir, 'lambda.db'), {
    invoke: async (name, payload) => pool(name).invoke(payload),
    policy: (name) => {
      const config = pools.get(name)?.config;
      return {
        functionArn: config?.arn ?? name,
        retries: DEFAULT_RETRIES,
        maxAgeMs: DEFAULT_MAX_AGE_MS,
        ...(config?.deadLetters && { deadLetters: config.deadLetters }),
        ...policies.get(name),
      };
    },
    deliver: options.deliver,
  });

  const functions: ResourceProvider = {
    type: 'AWS::Lambda::Function',
    properties: FUNCTION_PROPERTIES,
    create: (logicalId, properties, context) => {
      const { imageFolder, concurrency } = options;
      const places = { ...context, ...(imageFolder && { imageFolder }) };
      const config = functionConfig(logicalId, properties, places, concurrency);
      const log = new LogFile(join(options.dataDir, 'logs', `${config.name}.log`));
      logs.push(log);
      const ambient = ambientEnvironment(config);
      const variables = {
        ...ambient,
        ...(config.packageType === 'Image' && { SLIPWAY_CACHE_DIR: cacheDir }),
        ...options.environment(),
        ...config.environment,
      };
      const hooks: PoolHooks = {
        log: (text) => {
          metrics.take(config.name, text);
          log.write(positions?.translate(text) ?? text);
        },
        onError: (error) => options.onError?.(config.name, error),
      };
      pools.set(config.name, new FunctionPool(config, variables, hooks));
      return { ref: config.name, attributes: { Arn: config.arn } };
    },
  };

  const eventInvokeConfigs: ResourceProvider = {
    type: 'AWS::Lambda::EventInvokeConfig',
    properties: EVENT_INVOKE_PROPERTIES,
    create: (logicalId, properties) => {
      policies.set(functionName(String(properties.FunctionName)), asyncPolicy(properties));
      return { ref: logicalId, attributes: {} };
    },
  };

  const versions: ResourceProvider = {
    type: 'AWS::Lambda::Version',
    properties: { FunctionName: true, CodeSha256: 'ignored', Description: 'ignored' },
    create: (_logicalId, properties) => {
      const { arn } = pool(String(properties.FunctionName)).config;
      return { ref: `${arn}:1`, attributes: { FunctionArn: `${arn}:1`, Version: '1' } };
    },
  };

  const invoker: LambdaInvoker = {
    invoke: async (arn, payload, options) => pool(arn).invoke(payload, options),
    invokeAsync: async (arn, payload) => {
      const { name } = pool(arn).config;
      if (sizeAbove(payload, MAX_ASYNC_PAYLOAD)) {
        const message = `Payload above ${MAX_ASYNC_PAYLOAD} bytes`;
        throw new AwsError('RequestTooLargeException', message, 413);
      }
      queue.add(name, payload);
    },
  };
  let sweep: NodeJS.Timeout | undefined;
  return {
    ...invoker,
    ...lambdaApi({
      invoker,
      find: (name) => pool(name).config,
      list: () => [...pools.values()].map(({ config }) => config),
    }),
    providers: [functions, versions, eventInvokeConfigs],
    metrics: () => metrics.toPrometheus(),
    warm: (name) => pool(name).warm(),
    replaceCode: (name, folder) => pool(name).replaceCode(folder),
    reset: async () => {
      queue.clear();
      await Promise.all([...pools.values()].map((one) => one.discard(options.leaveMs ?? LEAVE_MS)));
      await queue.settled();
    },
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

/** `arn:aws:lambda:…:function:name:$LATEST`, `name:$LATEST` or the name itself; `:1` is the only version. */
function functionName(nameOrArn: string): string {
  const bare = nameOrArn.replace(/^arn:[^:]*:lambda:[^:]*:[^:]*:function:/, '');
  return bare.replace(/:(\$LATEST|1)$/, '');
}
