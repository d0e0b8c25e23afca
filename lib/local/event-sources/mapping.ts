import * as z from 'zod';
import { compilePattern } from '../../../functions/shared/event-pattern/pattern.ts';
import type { PropertySpec } from '../service.ts';
import { messageOf } from '../shared/message-of.ts';
import { parseProperties } from '../shared/parse-input.ts';
import { UnsupportedError } from '../shared/properties.ts';

/** A queue or stream that feeds a function. */
export interface Mapping {
  readonly id: string;
  readonly sourceArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsItemFailures: boolean;
  readonly bisect: boolean;
  /** Retries after the first attempt; infinite until a record is too old. */
  readonly maxRetries: number;
  /** Milliseconds; the stream itself keeps records for 24 hours. */
  readonly maxRecordAgeMs: number;
  readonly onFailureArn?: string;
  readonly startsAtLatest: boolean;
  /** Batches of a queue in flight at a time. */
  readonly concurrency: number;
  /** Batches in flight when all of them take long. */
  readonly mostConcurrency: number;
  readonly matches: (record: unknown) => boolean;
  /** Kinds of a stream's records that `matches` may let pass; undefined where a filter names none. */
  readonly kinds: ReadonlySet<string> | undefined;
}

export const MAPPING_PROPERTIES: PropertySpec = {
  EventSourceArn: true,
  FunctionName: true,
  BatchSize: true,
  BisectBatchOnFunctionError: true,
  DestinationConfig: { OnFailure: { Destination: true } },
  Enabled: true,
  FilterCriteria: { Filters: { Pattern: true } },
  FunctionResponseTypes: true,
  MaximumBatchingWindowInSeconds: true,
  MaximumRecordAgeInSeconds: true,
  MaximumRetryAttempts: true,
  ParallelizationFactor: true,
  ScalingConfig: { MaximumConcurrency: true },
  StartingPosition: true,
  Tags: 'ignored',
};

const unlimited = z.literal(-1);

/** Limits: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const mapping = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number().int().min(1).max(10_000).optional(),
  BisectBatchOnFunctionError: z.boolean().default(false),
  DestinationConfig: z
    .object({
      OnFailure: z
        .object({ Destination: z.string().startsWith('arn:aws:sqs:', 'must be a queue locally') })
        .optional(),
    })
    .optional(),
  Enabled: z.literal(true).default(true),
  FilterCriteria: z
    .object({ Filters: z.array(z.object({ Pattern: z.string() })).max(10) })
    .default({ Filters: [] }),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  MaximumBatchingWindowInSeconds: z.number().int().min(0).max(300).default(0),
  MaximumRecordAgeInSeconds: unlimited.or(z.number().int().min(60).max(604_800)).default(-1),
  MaximumRetryAttempts: unlimited.or(z.number().int().min(0).max(10_000)).default(-1),
  ParallelizationFactor: z.literal(1, 'above 1 is not supported locally').default(1),
  ScalingConfig: z
    .object({ MaximumConcurrency: z.number().int().min(2).max(1000).optional() })
    .default({}),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']).optional(),
});

/** What only mappings of the other kind of source may say; Lambda refuses it, too. */
const FOREIGN = {
  queue: [
    'BisectBatchOnFunctionError',
    'DestinationConfig',
    'MaximumRecordAgeInSeconds',
    'MaximumRetryAttempts',
    'ParallelizationFactor',
    'StartingPosition',
  ],
  stream: ['ScalingConfig'],
} as const;

/** A function has at least so many environments, and as many when its events wait for others. */
const DEFAULT_CONCURRENCY = { usual: 2, most: 10 };

/** A mapping from its CloudFormation properties. Throws `UnsupportedError`. */
export function parseMapping(
  id: string,
  properties: Readonly<Record<string, unknown>>,
  source: 'queue' | 'stream',
): Mapping {
  const foreign = FOREIGN[source].find((name) => properties[name] !== undefined);
  if (foreign) throw new UnsupportedError(`${id}: a ${source} takes no ${foreign}`);
  const parsed = parseProperties(id, mapping, properties);
  const windowMs = parsed.MaximumBatchingWindowInSeconds * 1000;
  const batchSize = parsed.BatchSize ?? (source === 'queue' ? 10 : 100);
  if (source === 'queue' && batchSize > 10 && windowMs === 0) {
    throw new UnsupportedError(`${id}: BatchSize above 10 needs a MaximumBatchingWindowInSeconds`);
  }
  if (source === 'stream' && parsed.StartingPosition === undefined) {
    throw new UnsupportedError(`${id}: a stream needs a StartingPosition`);
  }
  const onFailureArn = parsed.DestinationConfig?.OnFailure?.Destination;
  const { MaximumRetryAttempts: retries, MaximumRecordAgeInSeconds: age } = parsed;
  return {
    id,
    sourceArn: parsed.EventSourceArn,
    functionName: parsed.FunctionName,
    batchSize,
    windowMs,
    reportsItemFailures: parsed.FunctionResponseTypes.length > 0,
    bisect: parsed.BisectBatchOnFunctionError,
    maxRetries: retries === -1 ? Number.POSITIVE_INFINITY : retries,
    maxRecordAgeMs: age === -1 ? Number.POSITIVE_INFINITY : age * 1000,
    ...(onFailureArn !== undefined && { onFailureArn }),
    startsAtLatest: parsed.StartingPosition === 'LATEST',
    concurrency: parsed.ScalingConfig.MaximumConcurrency ?? DEFAULT_CONCURRENCY.usual,
    mostConcurrency: parsed.ScalingConfig.MaximumConcurrency ?? DEFAULT_CONCURRENCY.most,
    ...compileFilters(id, parsed.FilterCriteria.Filters),
  };
}

/** A record passes when one of the filters matches it; without filters all do. */
function compileFilters(
  id: string,
  filters: readonly { readonly Pattern: string }[],
): Pick<Mapping, 'matches' | 'kinds'> {
  const compiled = filters.map(({ Pattern: text }) => {
    try {
      const pattern: unknown = JSON.parse(text);
      return { matches: compilePattern(pattern), kinds: kindsOf(pattern) };
    } catch (error) {
      throw new UnsupportedError(`${id}: filter ${text}: ${messageOf(error)}`);
    }
  });
  const named = compiled.length > 0 && compiled.every(({ kinds }) => kinds);
  return {
    matches: (record) => compiled.length === 0 || compiled.some((one) => one.matches(record)),
    kinds: named ? new Set(compiled.flatMap(({ kinds }) => kinds ?? [])) : undefined,
  };
}

/** The kinds that a filter names; undefined when it names none, or not by their plain names. */
function kindsOf(pattern: unknown): readonly string[] | undefined {
  const { success, data } = z.object({ eventName: z.array(z.string()) }).safeParse(pattern);
  return success ? data.eventName : undefined;
}
