import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PropertySpec, ResourceContext } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { UnsupportedError } from '../shared/properties.ts';

/** A function as the host runs it. */
export interface FunctionConfig {
  readonly name: string;
  readonly arn: string;
  readonly runtime: string;
  /** Folder of the asset. */
  readonly folder: string;
  /** File URL of the bundle. */
  readonly bundle: string;
  /** File name of the bundle, without its extension. */
  readonly module: string;
  /** Name of the exported handler. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Environments that may run at once. */
  readonly concurrency: number;
  readonly environment: Readonly<Record<string, string>>;
  /** ARN that gets asynchronous events that failed for good, as they were sent. */
  readonly deadLetters?: string;
}

/** Properties of `AWS::Lambda::Function` that are honoured or have no local meaning. */
export const FUNCTION_PROPERTIES: PropertySpec = {
  FunctionName: true,
  Runtime: true,
  Handler: true,
  Code: { S3Bucket: 'ignored', S3Key: true },
  Environment: { Variables: true },
  Timeout: true,
  MemorySize: true,
  ReservedConcurrentExecutions: true,
  DeadLetterConfig: { TargetArn: true },
  Architectures: 'ignored',
  Description: 'ignored',
  EphemeralStorage: 'ignored',
  LoggingConfig: 'ignored',
  Role: 'ignored',
  Tags: 'ignored',
  TracingConfig: 'ignored',
};

/** Reads the resource; `defaultConcurrency` holds where none is reserved, and caps what is. */
export function functionConfig(
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
  context: ResourceContext,
  defaultConcurrency: number,
): FunctionConfig {
  const { Code, Environment, DeadLetterConfig, Runtime, Handler } = properties;
  if (!/^nodejs(22|24)\.x$/.test(String(Runtime))) {
    throw new UnsupportedError(`${logicalId}: runtime ${String(Runtime)} is not supported locally`);
  }
  const key = (Code as { S3Key?: unknown } | undefined)?.S3Key;
  if (typeof key !== 'string') throw new UnsupportedError(`${logicalId}: Code is no file asset`);
  const folder = context.assetPath(key.replace(/\.zip$/, ''));
  const [module = 'index', handler = 'handler'] = String(Handler).split('.');
  const bundle = bundleIn(folder, module);
  if (!bundle) throw new UnsupportedError(`${logicalId}: ${folder} holds no module ${module}`);
  const name = String(properties.FunctionName ?? logicalId);
  const deadLetters = (DeadLetterConfig as { TargetArn?: string } | undefined)?.TargetArn;
  const reserved = Number(properties.ReservedConcurrentExecutions ?? defaultConcurrency);
  return {
    name,
    arn: arn('lambda', `function:${name}`),
    runtime: String(Runtime),
    folder,
    bundle,
    module,
    handler,
    timeoutMs: Number(properties.Timeout ?? 3) * 1000,
    memoryMb: Number(properties.MemorySize ?? 128),
    concurrency: Math.min(defaultConcurrency, reserved),
    environment: (Environment as { Variables?: Record<string, string> })?.Variables ?? {},
    ...(deadLetters && { deadLetters }),
  };
}

/** The same function with the code of another folder. Throws when the folder holds no such module. */
export function withCode(config: FunctionConfig, folder: string): FunctionConfig {
  const bundle = bundleIn(folder, config.module);
  if (!bundle) throw new UnsupportedError(`${folder} holds no module ${config.module}`);
  return { ...config, folder, bundle };
}

function bundleIn(folder: string, module: string): string | undefined {
  const files = ['mjs', 'js', 'cjs'].map((extension) => join(folder, `${module}.${extension}`));
  const found = files.find((file) => existsSync(file));
  return found && pathToFileURL(found).href;
}
