import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { alarm } from './alarm.ts';

/** Metrics that an expression of an alarm may read. */
const MAX_METRICS = 10;

/**
 * Alarms on throttled functions, one for ten of them: what is to be done does not depend on which it is,
 * and a stack has at most 500 resources.
 */
export function throttleAlarms(
  scope: Construct,
  functions: readonly (readonly [name: string, fn: IFunction])[],
): void {
  for (let start = 0; start < functions.length; start += MAX_METRICS) {
    const group = functions.slice(start, start + MAX_METRICS);
    const period = Duration.minutes(5);
    alarm(scope, `throttles-${start / MAX_METRICS + 1}`, {
      metric: new MathExpression({
        // A function that was not called has no datum.
        expression: group.map((_, i) => `FILL(m${i}, 0)`).join(' + '),
        usingMetrics: Object.fromEntries(
          group.map(([, fn], i) => [`m${i}`, fn.metricThrottles({ period })]),
        ),
        period,
        label: 'Throttles',
      }),
      threshold: 0,
      what: `One of these functions was throttled: ${group.map(([name]) => name).join(', ')}.`,
      section: 'function-throttles',
    });
  }
}
