import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarm, type RunbookSection } from './alarm.ts';

/** Metrics that one alarm may add up. */
const METRICS = 10;

const PERIOD = { period: Duration.minutes(5) };

/**
 * Alarms on the sum of a metric over several resources, ten to an alarm: with an alarm for each, the template
 * would come to the 500 resources that a stack may have. The graph of an alarm labels the metrics by the resources'
 * names; `what` makes the description from the names.
 */
export function summedAlarms<T>(
  scope: Construct,
  id: string,
  resources: ReadonlyMap<string, T>,
  options: {
    metricOf: (resource: T, options: MetricOptions) => IMetric;
    what: (names: string) => string;
    section: RunbookSection;
  },
): void {
  const all = [...resources];
  for (let from = 0; from < all.length; from += METRICS) {
    const some = all.slice(from, from + METRICS);
    alarm(scope, `${id}-${from / METRICS + 1}`, {
      metric: sum(
        some.map(([label, resource]) => options.metricOf(resource, { ...PERIOD, label })),
      ),
      threshold: 0,
      what: options.what(some.map(([name]) => name).join(', ')),
      section: options.section,
    });
  }
}

/** A resource that was idle has no data points: they count as zero. */
function sum(metrics: readonly IMetric[]): MathExpression {
  return new MathExpression({
    ...PERIOD,
    expression: metrics.map((_, i) => `FILL(m${i}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric])),
  });
}
