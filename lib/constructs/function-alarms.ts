import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { alarm } from './alarm.ts';
import type { AppFunction } from './app-function.ts';

/** Metrics that one alarm may add up. */
const METRICS = 10;

const PERIOD = { period: Duration.minutes(5) };

/**
 * Alarms on failures and throttles of the functions, several functions to one: with two alarms each, a
 * template would come to the 500 resources that a stack may have. The alarm's metrics are labelled by
 * function.
 */
export class FunctionAlarms extends Construct {
  constructor(scope: Construct, functions: ReadonlyMap<string, AppFunction>) {
    super(scope, 'function-alarms');
    const all = [...functions];
    for (let from = 0; from < all.length; from += METRICS) {
      const some = all.slice(from, from + METRICS);
      const names = some.map(([name]) => name).join(', ');
      const number = from / METRICS + 1;
      alarm(this, `errors-${number}`, {
        metric: sum(some.map(([label, fn]) => fn.metricErrors({ ...PERIOD, label }))),
        threshold: 0,
        what: `A function failed, one of ${names}.`,
        section: 'function-errors',
      });
      alarm(this, `throttles-${number}`, {
        metric: sum(some.map(([label, fn]) => fn.metricThrottles({ ...PERIOD, label }))),
        threshold: 0,
        what: `A function was throttled, one of ${names}.`,
        section: 'function-throttles',
      });
    }
  }
}

/** A function that was not called has no datum, which counts as none of either. */
const sum = (metrics: readonly IMetric[]): MathExpression =>
  new MathExpression({
    ...PERIOD,
    expression: metrics.map((_, i) => `FILL(m${i}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric])),
  });
