import { compareInt64 } from '../../mlflow/index.ts';
import type { Metric } from '../runs/run.ts';

/** MLflow stores infinities as the greatest number. */
const LARGEST = 1.7976931348623157e308;

/** A value as it is kept: infinities are clamped, a negative zero is a zero. */
export function storedValue(value: number): number {
  if (Number.isNaN(value)) return value;
  return Math.min(LARGEST, Math.max(-LARGEST, value)) + 0;
}

/** Orders points by (timestamp, step, value), NaN as the 0 that MLflow stores for it. */
export function comparePoints(a: Metric, b: Metric): number {
  return (
    compareInt64(a.timestamp, b.timestamp) ||
    compareInt64(a.step, b.step) ||
    compareStored(a.value, b.value)
  );
}

/** The latest point of each key: greatest by (step, timestamp, value). */
export function latestMetrics(metrics: Iterable<Metric>): Metric[] {
  const latest = new Map<string, Metric>();
  for (const metric of metrics) {
    const current = latest.get(metric.key);
    if (!current || isLater(metric, current)) latest.set(metric.key, metric);
  }
  return [...latest.values()];
}

function isLater(a: Metric, b: Metric): boolean {
  const order =
    compareInt64(a.step, b.step) ||
    compareInt64(a.timestamp, b.timestamp) ||
    compareStored(a.value, b.value);
  return order > 0;
}

/** Where NaN meets 0 it counts as later, so that the order does not depend on who came first. */
function compareStored(a: number, b: number): number {
  const [x, y] = [a, b].map((value) => (Number.isNaN(value) ? 0 : value));
  if (x !== y) return (x ?? 0) < (y ?? 0) ? -1 : 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Drops exact duplicates of sorted points: a retried log call must not show. */
const withoutDuplicates = (sorted: readonly Metric[]): Metric[] =>
  sorted.filter((point, i) => {
    const before = sorted[i - 1];
    return !before || before.key !== point.key || comparePoints(before, point) !== 0;
  });

/** Points of all keys without exact duplicates, key by key in the order of time. */
export function distinctPoints(metrics: Iterable<Metric>): Metric[] {
  const byKey = Map.groupBy(metrics, ({ key }) => key);
  return [...byKey.values()].flatMap((points) => withoutDuplicates(points.sort(comparePoints)));
}
