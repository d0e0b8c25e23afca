import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { PropertySpec, ResourceContext } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { dockerEntrypoint, type ImageFolder } from '../shared/dockerfile.ts';
import { parseProperties } from '../shared/parse-input.ts';
import { UnsupportedError } from '../shared/properties.ts';

/** A function as the host runs it. */
export type FunctionConfig = BundleFunction | ImageFunction;

interface FunctionBase {
  readonly name: string;
  readonly arn: string;
  /** Folder of the asset; of an image: what it is built from. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Environments that may run at once. */
  readonly concurrency: number;
  /** Environments that are started for waiting events; more of them, for events behind stuck ones. */
  readonly usualConcurrency: number;
  readonly environment: Readonly<Record<string, string>>;
  /** ARN that gets asynchronous events that failed for good, as they were sent. */
  readonly deadLetters?: string;
}

/** A module that runs in worker threads. */
export interface BundleFunction extends FunctionBase {
  readonly packageType: 'Zip';
  readonly runtime: string;
  /** File URL of the bundle. */
  readonly bundle: string;
  /** File name of the bundle, without its extension. */
  readonly module: string;
  /** Name of the exported handler. */
  readonly handler: string;
}

/** A container's program that runs as child processes. */
export interface ImageFunction extends FunctionBase {
  readonly packageType: 'Image';
  readonly command: readonly string[];
}

/** Properties of `AWS::Lambda::Function` that are honoured or have no local meaning. */
export const FUNCTION_PROPERTIES: PropertySpec = {
  FunctionName: true,
  Runtime: true,
  Handler: true,
  Code: { S3Bucket: 'ignored', S3Key: true, ImageUri: true },
  PackageType: true,
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

/** Limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
const limits = z.object({
  FunctionName: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, - and _')
    .optional(),
  Timeout: z.coerce.number().int().min(1).max(900).default(3),
  MemorySize: z.coerce.number().int().min(128).max(10_240).default(128),
  ReservedConcurrentExecutions: z.coerce.number().int().min(0).optional(),
});

/**
 * Environments of a function for which nobody reserves any: one for each core, so that throughput grows
 * with them, but no more than the one thread of the gateway can feed. A program of an image holds a model in
 * each of its environments.
 */
export const environmentsOf = (packageType: unknown, cores = availableParallelism()): number =>
  packageType === 'Image' ? 2 : Math.min(8, Math.max(2, cores));

/** Environments beyond the usual ones, for events that wait behind others which wait themselves. */
const SPARE_ENVIRONMENTS = 8;

/**
 * Reads the resource. `concurrency` caps what is reserved; without it, functions have spare environments.
 */
export function functionConfig(
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
  context: ResourceContext & { readonly imageFolder?: ImageFolder },
  concurrency?: number,
): FunctionConfig {
  const { Environment, DeadLetterConfig } = properties;
  const limited = parseProperties(logicalId, limits, properties);
  const name = limited.FunctionName ?? logicalId;
  const deadLetters = (DeadLetterConfig as { TargetArn?: string } | undefined)?.TargetArn;
  if (deadLetters && !deadLetters.startsWith('arn:aws:sqs:')) {
    throw new UnsupportedError(`${logicalId}: dead letters to ${deadLetters}: a queue locally`);
  }
  const usual = concurrency ?? environmentsOf(properties.PackageType);
  const spare = concurrency === undefined && properties.PackageType !== 'Image';
  const most = spare ? usual + SPARE_ENVIRONMENTS : usual;
  const reserved = limited.ReservedConcurrentExecutions ?? most;
  return {
    ...codeOf(logicalId, properties, context),
    name,
    arn: arn('lambda', `function:${name}`),
    timeoutMs: limited.Timeout * 1000,
    memoryMb: limited.MemorySize,
    concurrency: Math.min(most, reserved),
    usualConcurrency: Math.min(usual, reserved),
    environment: (Environment as { Variables?: Record<string, string> })?.Variables ?? {},
    ...(deadLetters && { deadLetters }),
  };
}

type Code =
  | Pick<BundleFunction, 'packageType' | 'runtime' | 'folder' | 'bundle' | 'module' | 'handler'>
  | Pick<ImageFunction, 'packageType' | 'folder' | 'command'>;

function codeOf(
  logicalId: string,
  { Code, PackageType, Runtime, Handler }: Readonly<Record<string, unknown>>,
  context: ResourceContext & { readonly imageFolder?: ImageFolder },
): Code {
  const { S3Key, ImageUri } = (Code ?? {}) as { S3Key?: unknown; ImageUri?: unknown };
  if (PackageType === 'Image') {
    if (typeof ImageUri !== 'string' || !context.imageFolder) {
      throw new UnsupportedError(`${logicalId}: Code is no image asset`);
    }
    return { packageType: 'Image', ...imageIn(context.imageFolder(ImageUri)) };
  }
  if (!/^nodejs(22|24)\.x$/.test(String(Runtime))) {
    throw new UnsupportedError(`${logicalId}: runtime ${String(Runtime)} is not supported locally`);
  }
  if (typeof S3Key !== 'string') throw new UnsupportedError(`${logicalId}: Code is no file asset`);
  const folder = context.assetPath(S3Key.replace(/\.zip$/, ''));
  const [module = 'index', handler = 'handler'] = String(Handler).split('.');
  const bundle = bundleIn(folder, module);
  if (!bundle) throw new UnsupportedError(`${logicalId}: ${folder} holds no module ${module}`);
  return { packageType: 'Zip', runtime: String(Runtime), folder, bundle, module, handler };
}

/** The same function with the code of another folder. Throws when the folder holds no such module. */
export function withCode(config: FunctionConfig, folder: string): FunctionConfig {
  if (config.packageType === 'Image') return { ...config, ...imageIn(folder) };
  const bundle = bundleIn(folder, config.module);
  if (!bundle) throw new UnsupportedError(`${folder} holds no module ${config.module}`);
  return { ...config, folder, bundle };
}

const imageIn = (folder: string) => ({ folder, command: dockerEntrypoint(folder) });

function bundleIn(folder: string, module: string): string | undefined {
  const files = ['mjs', 'js', 'cjs'].map((extension) => join(folder, `${module}.${extension}`));
  const found = files.find((file) => existsSync(file));
  return found && pathToFileURL(found).href;
}
