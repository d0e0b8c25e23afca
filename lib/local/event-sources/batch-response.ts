import type { InvocationResult } from '../service.ts';

/**
 * Items of a batch that the function did not handle. A failed invocation failed all; an empty list or
 * no report means success; an unknown identifier fails all, as on AWS.
 */
export function failedItems(
  result: InvocationResult,
  identifiers: readonly string[],
  reportsItemFailures: boolean,
): ReadonlySet<string> {
  const all = new Set(identifiers);
  if (result.functionError) return all;
  if (!reportsItemFailures) return new Set();
  const report = JSON.parse(result.payload) as {
    batchItemFailures?: { itemIdentifier?: string }[] | null;
  } | null;
  const failed = (report?.batchItemFailures ?? []).map(
    ({ itemIdentifier }) => itemIdentifier ?? '',
  );
  return failed.every((identifier) => all.has(identifier)) ? new Set(failed) : all;
}
