import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PropertySpec, ResourceContext } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { UnsupportedError } from '../shared/properties.ts';

/** A function as the host runs it. */
export interface FunctionConfig {
  readonly name: string;
  readonly arn: string;
  /** File URL of the bundle. */
  readonly bundle: string;
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Environments that may run at once. */
  readonly concurrency: number;
  readonly environment: Readonly<Record<string, string>>;
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
  Architectures: 'ignored',
  Description: 'ignored',
  EphemeralStorage: 'ignored',
  LoggingConfig: 'ignored',
  Role: 'ignored',
  Tags: 'ignored',
  TracingConfig: 'ignored',
};

/** Threads per function without reserved concurrency: two cores gain nothing from more. */
const DEFAULT_CONCURRENCY = 2;

export function functionConfig(
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
  context: ResourceContext,
): FunctionConfig {
  const { Code, Environment, Runtime, Handler } = properties;
  if (!/^nodejs(22|24)\.x$/.test(String(Runtime))) {
    throw new UnsupportedError(`${logicalId}: runtime ${String(Runtime)} is not supported locally`);
  }
  const [module = 'index', handler = 'handler'] = String(Handler).split('.');
  const key = String((Code as { S3Key: string }).S3Key);
  const folder = context.assetPath(key.replace(/\.zip$/, ''));
  const name = String(properties.FunctionName ?? logicalId);
  const reserved = properties.ReservedConcurrentExecutions;
  return {
    name,
    arn: arn('lambda', `function:${name}`),
    bundle: pathToFileURL(join(folder, `${module}.mjs`)).href,
    handler,
    timeoutMs: Number(properties.Timeout ?? 3) * 1000,
    memoryMb: Number(properties.MemorySize ?? 128),
    concurrency: Math.min(DEFAULT_CONCURRENCY, reserved === undefined ? 2 : Number(reserved)),
    environment: (Environment as { Variables?: Record<string, string> })?.Variables ?? {},
  };
}
