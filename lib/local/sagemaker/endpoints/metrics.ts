import type { Variant } from './endpoint.ts';

/**
 * Metrics of an endpoint with a queue, and of a variant without: the requests that each of its
 * instances is answering. Undefined for any other.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
 * https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
 */
export function metricOf(
  metric: string,
  { count, queue }: Variant,
  load: { readonly inFlight: number | undefined; readonly backlog: number },
): number | undefined {
  const { inFlight, backlog } = load;
  if (metric === 'ConcurrentRequestsPerModel') {
    return inFlight !== undefined && count > 0 ? inFlight / count : undefined;
  }
  if (!queue) return undefined;
  if (metric === 'HasBacklogWithoutCapacity') return backlog > 0 && count === 0 ? 1 : 0;
  if (metric !== 'ApproximateBacklogSizePerInstance' || count === 0) return undefined;
  return backlog / count;
}
