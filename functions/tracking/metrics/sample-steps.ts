import { compareInt64, type Int64 } from '../../mlflow/index.ts';
import {
  type Integers,
  integerAt,
  integersOf,
  setIntegers,
  toIntegers,
} from '../../shared/columns/index.ts';

/** Steps of a metric in a run, in no particular order; a step may come several times. */
type Steps = Integers;

/** First and last step that count, both included. */
export interface StepInterval {
  readonly start: Int64;
  readonly end: Int64;
}

/**
 * The steps at which points of several runs are shown: all when they are few, else about `count` of the
 * distinct ones at equal distances, and in any case each run's first and last. Without an interval they
 * start at 0. MLflow's rule up to 3.13.
 */
export function sampleSteps(
  runs: readonly Steps[],
  count: number,
  interval?: StepInterval,
): ReadonlySet<Int64> {
  const { start = 0, end = Number.POSITIVE_INFINITY } = interval ?? {};
  const within = (step: Int64) => step >= start && step <= end;
  const all = distinctSorted(runs);
  const distinct: Integers = all instanceof Float64Array ? all.filter(within) : all.filter(within);
  const edges = runs.flatMap(extremes).filter(within);
  if (distinct.length <= count) return new Set([...integersOf(distinct), ...edges]);
  const distance = distinct.length / count;
  const chosen = Array.from({ length: count }, (_, i) =>
    integerAt(distinct, Math.floor(i * distance)),
  );
  return new Set([...chosen, integerAt(distinct, distinct.length - 1), ...edges]);
}

/** A chart's runs have hundreds of thousands; those of one run come in their order almost always. */
function distinctSorted(runs: readonly Steps[]): Integers {
  const length = runs.reduce((sum, { length }) => sum + length, 0);
  const wide = runs.some((steps) => steps instanceof BigInt64Array);
  const all = wide ? new BigInt64Array(length) : new Float64Array(length);
  let at = 0;
  for (const steps of runs) {
    setIntegers(all, steps, at);
    at += steps.length;
  }
  if (!isAscending(all)) all.sort();
  let count = 0;
  for (const step of all) {
    if (count === 0 || step !== all[count - 1]) all[count++] = step;
  }
  return all.subarray(0, count);
}

function isAscending(steps: Steps): boolean {
  for (let i = 1; i < steps.length; i++) if ((steps[i] ?? 0) < (steps[i - 1] ?? 0)) return false;
  return true;
}

/** Where a run has points at the chosen steps, ascending. */
export function placesOf(steps: Steps, chosen: ReadonlySet<Int64>): number[] {
  const places: number[] = [];
  if (!isAscending(steps)) {
    for (let i = 0; i < steps.length; i++) if (chosen.has(integerAt(steps, i))) places.push(i);
    return places;
  }
  for (const step of toIntegers([...chosen]).sort()) {
    const found = firstNotBelow(steps, step);
    for (let i = found; i < steps.length && compareInt64(steps[i] ?? 0, step) === 0; i++) {
      places.push(i);
    }
  }
  return places;
}

function firstNotBelow(steps: Steps, step: Int64): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? 0) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The least and the greatest step; nothing of a run that has none. */
function extremes(steps: Steps): Int64[] {
  if (steps.length === 0) return [];
  let [least, greatest] = [0, 0];
  for (let i = 1; i < steps.length; i++) {
    const step = steps[i] ?? 0;
    if (step < (steps[least] ?? 0)) least = i;
    if (step > (steps[greatest] ?? 0)) greatest = i;
  }
  return [integerAt(steps, least), integerAt(steps, greatest)];
}
