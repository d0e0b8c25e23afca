import { join } from 'node:path';
import type { ResourceProvider } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import type { ImageFolder } from '../shared/dockerfile.ts';
import { LogFile } from '../shared/log-file.ts';
import {
  type AsyncPolicy,
  asyncPolicy,
  DEFAULT_MAX_AGE_MS,
  DEFAULT_RETRIES,
  EVENT_INVOKE_PROPERTIES,
} from './async-policy.ts';
import { EmbeddedMetrics } from './embedded-metrics.ts';
import { ambientVariables } from './environments/ambient-variables.ts';
import type { FunctionError } from './environments/protocol.ts';
import { FUNCTION_PROPERTIES, type FunctionConfig, functionConfig } from './function-config.ts';
import { FunctionPool } from './function-pool.ts';
import { SourcePositions } from './source-positions.ts';

export interface FunctionOptions {
  readonly dataDir: string;
  /** Variables that every function gets besides its own: the endpoints of the local services. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Where an image of the assembly lies that is built from a Dockerfile. */
  readonly imageFolder?: ImageFolder;
  /** Environments per function that may run at once; by default as many as the machine has use for. */
  readonly concurrency?: number;
  /** Folder of the bundles' source maps: places in errors and logs are those of the sources. */
  readonly sourceMaps?: string;
  /** Told of each invocation that failed, with the error's type and message. */
  readonly onError?: (functionName: string, error: FunctionError) => void;
}

/** The functions that the template declares: what runs each of them, its log and its metrics. */
export class Functions {
  readonly metrics = new EmbeddedMetrics();
  readonly providers: readonly ResourceProvider[] = [
    {
      type: 'AWS::Lambda::Function',
      properties: FUNCTION_PROPERTIES,
      create: (logicalId, properties, context) => {
        const { imageFolder, concurrency } = this.options;
        const places = { ...context, ...(imageFolder && { imageFolder }) };
        const config = functionConfig(logicalId, properties, places, concurrency);
        this.pools.set(config.name, this.newPool(config));
        return { ref: config.name, attributes: { Arn: config.arn } };
      },
    },
    {
      type: 'AWS::Lambda::Version',
      properties: { FunctionName: true, CodeSha256: 'ignored', Description: 'ignored' },
      create: (_logicalId, properties) => {
        const { arn } = this.pool(String(properties.FunctionName)).config;
        return { ref: `${arn}:1`, attributes: { FunctionArn: `${arn}:1`, Version: '1' } };
      },
    },
    {
      type: 'AWS::Lambda::EventInvokeConfig',
      properties: EVENT_INVOKE_PROPERTIES,
      create: (logicalId, properties) => {
        const name = functionName(String(properties.FunctionName));
        this.policies.set(name, asyncPolicy(logicalId, properties));
        return { ref: logicalId, attributes: {} };
      },
    },
  ];
  private readonly options: FunctionOptions;
  private readonly pools = new Map<string, FunctionPool>();
  private readonly policies = new Map<string, Partial<AsyncPolicy>>();
  private readonly logs: LogFile[] = [];
  private readonly positions: SourcePositions | undefined;

  constructor(options: FunctionOptions) {
    this.options = options;
    this.positions = options.sourceMaps ? new SourcePositions(options.sourceMaps) : undefined;
  }

  all(): FunctionPool[] {
    return [...this.pools.values()];
  }

  /** By name or ARN. Throws ResourceNotFoundException. */
  pool(nameOrArn: string): FunctionPool {
    const found = this.pools.get(functionName(nameOrArn));
    if (found) return found;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
  }

  asyncPolicy(name: string): AsyncPolicy {
    const config = this.pools.get(name)?.config;
    return {
      functionArn: config?.arn ?? name,
      retries: DEFAULT_RETRIES,
      maxAgeMs: DEFAULT_MAX_AGE_MS,
      ...(config?.deadLetters && { deadLetters: config.deadLetters }),
      ...this.policies.get(name),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((pool) => pool.stop()));
    await Promise.all(this.logs.map((log) => log.close()));
  }

  private newPool(config: FunctionConfig): FunctionPool {
    const { dataDir, environment, onError } = this.options;
    const log = new LogFile(join(dataDir, 'logs', `${config.name}.log`));
    this.logs.push(log);
    const variables = {
      ...ambientVariables(config),
      ...(config.packageType === 'Image' && { SLIPWAY_CACHE_DIR: join(dataDir, 'images') }),
      ...environment(),
      ...config.environment,
    };
    return new FunctionPool(config, variables, {
      log: (text) => {
        this.metrics.take(config.name, text);
        log.write(this.positions?.translate(text) ?? text);
      },
      onError: (error) => onError?.(config.name, error),
    });
  }
}

/** `arn:aws:lambda:…:function:name:$LATEST`, `name:$LATEST` or the name itself; `:1` is the only version. */
function functionName(nameOrArn: string): string {
  const bare = nameOrArn.replace(/^arn:[^:]*:lambda:[^:]*:[^:]*:function:/, '');
  return bare.replace(/:(\$LATEST|1)$/, '');
}
