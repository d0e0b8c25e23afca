import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';

const metrics = new Metrics({
  namespace: 'Slipway',
  serviceName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'slipway',
});

/** Capacity units that this invocation consumed so far: one environment runs one at a time. */
const consumed = { read: 0, write: 0 };

/** Adds what one DynamoDB call consumed. */
export function meter(kind: 'read' | 'write', units: number): void {
  consumed[kind] += units;
}

/**
 * Publishes an invocation's consumed capacity as CloudWatch metrics (embedded metric format) when it
 * ends: the product's bill, by function.
 */
export function metered(): MiddlewareObj {
  const publish = () => {
    metrics.addMetric('Requests', MetricUnit.Count, 1);
    metrics.addMetric('ReadUnits', MetricUnit.Count, consumed.read);
    metrics.addMetric('WriteUnits', MetricUnit.Count, consumed.write);
    metrics.publishStoredMetrics();
  };
  return {
    before: () => {
      consumed.read = 0;
      consumed.write = 0;
    },
    after: publish,
    onError: publish,
  };
}
