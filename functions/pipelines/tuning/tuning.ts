import * as z from 'zod/mini';

/** More trials would outgrow the history of one execution of the state machine. */
const MAX_TRIALS = 500;
const MAX_CONCURRENCY = 50;

/** Set by the definition's other parts, so not to be tuned. */
const RESERVED = new Set([
  'label',
  'exclude',
  'time_column',
  'window_end',
  'trailing',
  'holdout',
  'model_name',
  'model_tags',
  'model_description',
]);

export type HyperparameterValue = string | number | boolean;

const value = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be a text, a number, true or false',
});
const values = z.array(value).check(z.minLength(1), z.maxLength(100));
const listed = z.strictObject({ values });
const range = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    scale: z._default(z.enum(['linear', 'log']), 'linear'),
    /** Whole numbers only; by default when both ends are whole and more than one apart. */
    integer: z.optional(z.boolean()),
    /** How many values of it a grid takes, the ends among them. */
    points: z.optional(z.int().check(z.minimum(2), z.maximum(100))),
  })
  .check(
    z.refine(({ min, max }) => min < max, { path: ['max'], message: 'must be above min' }),
    z.refine(({ min, scale }) => scale === 'linear' || min > 0, {
      path: ['min'],
      message: 'must be above 0 on a logarithmic scale',
    }),
  );

type Range = z.infer<typeof range>;
type Dimension = { readonly values: readonly HyperparameterValue[] } | Range;

/** A list, `{values}`, or a range `{min, max, …}`; each wrong field is told with its own path. */
const dimension = z.unknown().check(
  z.superRefine((given, context) => {
    for (const { path, message } of schemaOf(given).safeParse(given).error?.issues ?? []) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  }),
);

function schemaOf(given: unknown) {
  if (Array.isArray(given)) return values;
  return given !== null && typeof given === 'object' && 'values' in given ? listed : range;
}

export const tuningSchema = z
  .strictObject({
    strategy: z.enum(['grid', 'random']),
    /** How many combinations are tried: needed for `random`, a limit for `grid`. */
    trials: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_TRIALS))),
    /** Trials that train at the same time. */
    concurrency: z._default(z.int().check(z.minimum(1), z.maximum(MAX_CONCURRENCY)), 2),
    /** What the run of a trial must have logged. */
    metric: z.string().check(z.minLength(1), z.maxLength(250)),
    /** Which values of the metric are better; by default what its name says. */
    direction: z.optional(z.enum(['maximize', 'minimize'])),
    /** The same seed draws the same combinations. */
    seed: z._default(z.int(), 0),
    space: z.record(z.string().check(z.minLength(1), z.maxLength(250)), dimension),
  })
  .check(
    z.superRefine((tuning, context) => {
      const report = (path: string[], message: string) =>
        context.addIssue({ code: 'custom', path, message });
      const names = Object.keys(tuning.space);
      if (names.length === 0) report(['space'], 'must have at least one hyperparameter');
      for (const name of names) {
        if (RESERVED.has(name)) report(['space', name], 'is set by the definition, not tuned');
      }
      if (tuning.direction === undefined && directionByName(tuning.metric) === undefined) {
        report(['direction'], `is needed: the name ${tuning.metric} does not tell it`);
      }
      if (tuning.strategy === 'random') {
        if (tuning.trials === undefined) report(['trials'], 'is needed with the strategy random');
        return;
      }
      for (const name of names) {
        const one = dimensionOf(tuning.space[name], 'grid');
        if ('min' in one && one.points === undefined) {
          report(['space', name, 'points'], 'is needed with the strategy grid');
        }
      }
      const size = names
        .map((name) => gridValues(dimensionOf(tuning.space[name], 'grid')).length)
        .reduce((product, count) => product * count, 1);
      const limit = tuning.trials ?? MAX_TRIALS;
      if (size > limit) report(['space'], `has ${size} combinations, more than ${limit} trials`);
    }),
  );

export type Tuning = z.infer<typeof tuningSchema>;

type Direction = 'maximize' | 'minimize';

const LOWER_IS_BETTER = /(^|_)(loss|error|mae|mse|rmse|rmsle|mape|brier|brier_score|deviance)$/;
const HIGHER_IS_BETTER =
  /(^|_)(auc|accuracy|precision|recall|f1|f1_score|r2|r2_score|score|ndcg|map)$/;

function directionByName(metric: string): Direction | undefined {
  if (LOWER_IS_BETTER.test(metric)) return 'minimize';
  return HIGHER_IS_BETTER.test(metric) ? 'maximize' : undefined;
}

export const directionOf = ({ direction, metric }: Pick<Tuning, 'direction' | 'metric'>) =>
  direction ?? directionByName(metric) ?? 'maximize';

/** Two numbers, the first below the second, are a range for `random`; a grid takes both. */
function dimensionOf(given: unknown, strategy: Tuning['strategy']): Dimension {
  if (!Array.isArray(given)) return schemaOf(given).parse(given) as Dimension;
  const [min, max] = given as HyperparameterValue[];
  const isRange =
    strategy === 'random' &&
    given.length === 2 &&
    typeof min === 'number' &&
    typeof max === 'number' &&
    min < max;
  return isRange ? { min, max, scale: 'linear' } : { values: given as HyperparameterValue[] };
}

const wholeNumbers = ({ min, max, integer }: Range) =>
  integer ?? (Number.isInteger(min) && Number.isInteger(max) && max - min > 1);

/** The value at a place from 0 to 1 within a range, to six digits. */
function valueAt(place: number, of: Range): number {
  const { min, max, scale } = of;
  const at = scale === 'log' ? min * (max / min) ** place : min + place * (max - min);
  const rounded = wholeNumbers(of) ? Math.round(at) : Number(at.toPrecision(6));
  return Math.min(Math.max(rounded, min), max);
}

/** Every whole number of a linear range must be as likely as any other: its ends too. */
function drawn(place: number, of: Range): number {
  if (!wholeNumbers(of) || of.scale === 'log') return valueAt(place, of);
  const [first, last] = [Math.ceil(of.min), Math.floor(of.max)];
  return first + Math.min(Math.floor(place * (last - first + 1)), last - first);
}

function gridValues(of: Dimension): readonly HyperparameterValue[] {
  if ('values' in of) return [...new Set(of.values)];
  const { points = 2 } = of;
  const all = Array.from({ length: points }, (_, i) => valueAt(i / (points - 1), of));
  return [...new Set(all)];
}

/** The names in an order that does not depend on how the document was stored. */
const namesOf = ({ space }: Tuning) => Object.keys(space).sort();

export function trialCount(tuning: Tuning): number {
  if (tuning.strategy === 'random') return tuning.trials ?? 1;
  return namesOf(tuning)
    .map((name) => gridValues(dimensionOf(tuning.space[name], 'grid')).length)
    .reduce((product, count) => product * count, 1);
}

/**
 * The hyperparameters of a trial, counted from 0: always the same for the same space, seed and number.
 * Of a grid the last name (in alphabetical order) changes fastest.
 */
export function trialHyperparameters(
  tuning: Tuning,
  trial: number,
  draw: (seed: string) => number,
): Record<string, HyperparameterValue> {
  const chosen: [string, HyperparameterValue][] = [];
  let rest = trial;
  for (const name of namesOf(tuning).reverse()) {
    const of = dimensionOf(tuning.space[name], tuning.strategy);
    if (tuning.strategy === 'grid') {
      const all = gridValues(of);
      chosen.push([name, all[rest % all.length] as HyperparameterValue]);
      rest = Math.floor(rest / all.length);
    } else {
      const place = draw(`${tuning.seed} ${trial} ${name}`);
      const pick =
        'values' in of ? of.values[Math.floor(place * of.values.length)] : drawn(place, of);
      chosen.push([name, pick as HyperparameterValue]);
    }
  }
  return Object.fromEntries(chosen.reverse());
}
