/** Steps of a metric in a run, in no particular order; a step may come several times. */
type Steps = ArrayLike<number>;

/** First and last step that count, both included. */
export interface StepInterval {
  readonly start: number;
  readonly end: number;
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
): ReadonlySet<number> {
  const { start = 0, end = Number.POSITIVE_INFINITY } = interval ?? {};
  const within = (step: number) => step >= start && step <= end;
  const distinct = distinctSorted(runs).filter(within);
  const edges = runs.flatMap(extremes).filter(within);
  if (distinct.length <= count) return new Set([...distinct, ...edges]);
  const distance = distinct.length / count;
  const chosen = Array.from({ length: count }, (_, i) => distinct[Math.floor(i * distance)] ?? 0);
  return new Set([...chosen, distinct.at(-1) ?? 0, ...edges]);
}

/** A chart's runs have hundreds of thousands; those of one run come in their order almost always. */
function distinctSorted(runs: readonly Steps[]): Float64Array {
  const all = new Float64Array(runs.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const steps of runs) {
    all.set(steps, at);
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
export function placesOf(steps: Steps, chosen: ReadonlySet<number>): number[] {
  const places: number[] = [];
  if (!isAscending(steps)) {
    for (let i = 0; i < steps.length; i++) if (chosen.has(steps[i] ?? 0)) places.push(i);
    return places;
  }
  for (const step of Float64Array.from(chosen).sort()) {
    for (let i = firstNotBelow(steps, step); i < steps.length && steps[i] === step; i++) {
      places.push(i);
    }
  }
  return places;
}

function firstNotBelow(steps: Steps, step: number): number {
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
function extremes(steps: Steps): number[] {
  if (steps.length === 0) return [];
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] ?? 0;
    if (step < least) least = step;
    if (step > greatest) greatest = step;
  }
  return [least, greatest];
}
