import { compilePattern, type Pattern } from '../eventbridge/pattern.ts';
import type { PropertySpec } from '../service.ts';
import { UnsupportedError } from '../shared/properties.ts';

/** A queue or stream that feeds a function. */
export interface EventSourceMapping {
  readonly id: string;
  readonly sourceArn: string;
  readonly functionArn: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsItemFailures: boolean;
  readonly bisect: boolean;
  /** −1: until the record is too old. */
  readonly retries: number;
  readonly onFailureArn?: string;
  readonly startsAtLatest: boolean;
  readonly matches: (record: unknown) => boolean;
}

export const MAPPING_PROPERTIES: PropertySpec = {
  EventSourceArn: true,
  FunctionName: true,
  BatchSize: true,
  MaximumBatchingWindowInSeconds: true,
  FunctionResponseTypes: true,
  BisectBatchOnFunctionError: true,
  MaximumRetryAttempts: true,
  DestinationConfig: { OnFailure: { Destination: true } },
  StartingPosition: true,
  FilterCriteria: { Filters: { Pattern: true } },
  Tags: 'ignored',
};

export function toMapping(
  id: string,
  properties: Readonly<Record<string, unknown>>,
): EventSourceMapping {
  const responses = (properties.FunctionResponseTypes ?? []) as string[];
  const destination = properties.DestinationConfig as
    | { OnFailure?: { Destination: string } }
    | undefined;
  const filters = (properties.FilterCriteria as { Filters?: { Pattern: string }[] })?.Filters ?? [];
  const matchers = filters.map(({ Pattern: text }) => compilePattern(JSON.parse(text) as Pattern));
  const position = properties.StartingPosition ?? 'TRIM_HORIZON';
  if (position !== 'TRIM_HORIZON' && position !== 'LATEST') {
    throw new UnsupportedError(`${id}: StartingPosition ${String(position)}`);
  }
  const onFailureArn = destination?.OnFailure?.Destination;
  return {
    id,
    sourceArn: String(properties.EventSourceArn),
    functionArn: String(properties.FunctionName),
    batchSize: Number(properties.BatchSize ?? 10),
    windowMs: Number(properties.MaximumBatchingWindowInSeconds ?? 0) * 1000,
    reportsItemFailures: responses.includes('ReportBatchItemFailures'),
    bisect: properties.BisectBatchOnFunctionError === true,
    retries: Number(properties.MaximumRetryAttempts ?? -1),
    ...(onFailureArn && { onFailureArn }),
    startsAtLatest: position === 'LATEST',
    matches: (record) => matchers.length === 0 || matchers.some((matches) => matches(record)),
  };
}
