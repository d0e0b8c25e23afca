import * as z from 'zod';
import type { InvocationResult } from '../service.ts';

const report = z
  .looseObject({
    batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
  })
  .nullish();

/**
 * The items of a batch that the function did not handle. A failed invocation failed all of them; so
 * does a report that names none of them or is malformed.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function failedItems(
  result: InvocationResult,
  identifiers: readonly string[],
  reportsItemFailures: boolean,
): ReadonlySet<string> {
  const all = new Set(identifiers);
  if (result.functionError) return all;
  if (!reportsItemFailures) return new Set();
  const parsed = report.safeParse(parse(result.payload));
  if (!parsed.success) return all;
  const failed = (parsed.data?.batchItemFailures ?? []).map((item) => item.itemIdentifier);
  return failed.every((identifier) => all.has(identifier)) ? new Set(failed) : all;
}

function parse(payload: string): unknown {
  try {
    return payload === '' ? null : JSON.parse(payload);
  } catch {
    return { batchItemFailures: payload };
  }
}
