import { compareInt64 } from '../../mlflow/index.ts';
import { type Integers, integerAt, setIntegers } from '../../shared/columns/index.ts';
import type { Metric } from '../runs/run.ts';
import { comparePoints } from './metric-points.ts';

/** Points of one metric as columns: a long history as objects takes four times the time and memory. */
export interface Series {
  readonly length: number;
  readonly timestamps: Integers;
  readonly steps: Integers;
  readonly values: Float64Array;
}

export const EMPTY: Series = newSeries(0);

/** An empty series of so many points, with columns of the types that `like` needs. */
function newSeries(length: number, like: readonly Series[] = []): Series {
  const integers = (column: 'timestamps' | 'steps') =>
    like.some((series) => series[column] instanceof BigInt64Array)
      ? new BigInt64Array(length)
      : new Float64Array(length);
  return {
    length,
    timestamps: integers('timestamps'),
    steps: integers('steps'),
    values: new Float64Array(length),
  };
}

export const pointAt = (series: Series, i: number, key: string): Metric => ({
  key,
  value: series.values[i] ?? Number.NaN,
  timestamp: integerAt(series.timestamps, i),
  step: integerAt(series.steps, i),
});

export const slice = ({ timestamps, steps, values }: Series, from: number, to: number): Series => ({
  length: Math.max(0, to - from),
  timestamps: timestamps.subarray(from, to),
  steps: steps.subarray(from, to),
  values: values.subarray(from, to),
});

/** `comparePoints` of points number `i` and `j`. */
function compareAt({ timestamps, steps, values }: Series, i: number, j: number): number {
  const order =
    compareInt64(timestamps[i] ?? 0, timestamps[j] ?? 0) ||
    compareInt64(steps[i] ?? 0, steps[j] ?? 0);
  if (order !== 0) return order;
  const [a, b] = [values[i] ?? 0, values[j] ?? 0];
  if (a === b) return 0;
  const point = { key: '', timestamp: 0, step: 0 };
  return comparePoints({ ...point, value: a }, { ...point, value: b });
}

/** Compares a point of the series with a point that is not in it. */
function compareWith(series: Series, i: number, point: Metric): number {
  return comparePoints(pointAt(series, i, point.key), point);
}

/** The first point that is behind this one, in a series in the order of time. */
export function firstBehind(series: Series, point: Metric): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareWith(series, middle, point) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** All points in the order of time, exact duplicates once: a retried log call must not show. */
export function mergeSeries(parts: readonly Series[]): Series {
  const filled = parts.filter(({ length }) => length > 0);
  filled.sort((a, b) => compareInt64(a.timestamps[0] ?? 0, b.timestamps[0] ?? 0));
  const all = newSeries(
    filled.reduce((sum, { length }) => sum + length, 0),
    filled,
  );
  let at = 0;
  for (const { length, timestamps, steps, values } of filled) {
    setIntegers(all.timestamps, timestamps, at);
    setIntegers(all.steps, steps, at);
    all.values.set(values, at);
    at += length;
  }
  return withoutDuplicates(inOrder(all) ? all : sorted(all));
}

function inOrder(series: Series): boolean {
  for (let i = 1; i < series.length; i++) if (compareAt(series, i - 1, i) > 0) return false;
  return true;
}

function sorted(series: Series): Series {
  const order = Uint32Array.from(series.values.keys()).sort((a, b) => compareAt(series, a, b));
  const result = newSeries(series.length, [series]);
  for (const [to, from] of order.entries()) copyPoint(series, from, result, to);
  return result;
}

/** Removes duplicates in place. */
function withoutDuplicates(series: Series): Series {
  let kept = 0;
  for (let i = 0; i < series.length; i++) {
    if (kept > 0 && compareAt(series, kept - 1, i) === 0) continue;
    if (kept !== i) copyPoint(series, i, series, kept);
    kept += 1;
  }
  return kept === series.length ? series : slice(series, 0, kept);
}

function copyPoint(from: Series, i: number, to: Series, j: number): void {
  copyInteger(from.timestamps, i, to.timestamps, j);
  copyInteger(from.steps, i, to.steps, j);
  to.values[j] = from.values[i] ?? 0;
}

/** Copies a number between two lists of the same type. */
function copyInteger(from: Integers, i: number, to: Integers, j: number): void {
  to[j] = from[i] ?? 0;
}
