import * as z from 'zod';
import { isDuration } from '../../../../functions/shared/duration.ts';
import { TrainingError } from './training-error.ts';
import { boostOptions } from './trees/options.ts';

const names = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );

const duration = z
  .string()
  .refine(isDuration, 'must be an ISO 8601 duration such as P60D')
  .optional();

const time = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'must be an ISO 8601 time')
  .transform((text) => Date.parse(text))
  .optional();

const tags = z
  .string()
  .default('{}')
  .transform((text, context) => {
    try {
      return z.record(z.string(), z.string()).parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON object of texts' });
      return z.NEVER;
    }
  });

const schema = z.strictObject({
  ...boostOptions.shape,
  label: z.string().min(1),
  /** Columns that are no features, separated by commas. */
  exclude: names,
  /** Columns whose values are categories although they may look like numbers. */
  categorical: names,
  /** `auto`: binary when all labels are 0 or 1. */
  objective: z.enum(['auto', 'binary', 'regression']).default('auto'),
  time_column: z.string().min(1).optional(),
  /** Rows before this time only (epoch ms); by default up to the newest row. */
  window_end: time,
  /** Length of the window that ends at `window_end`. */
  trailing: duration,
  /** The newest part of the window is held out; without it a fifth of the rows, drawn by `seed`. */
  holdout: duration,
  /** More held-out rows than this are thinned out evenly: they are evaluated in a function. */
  max_holdout_rows: z.coerce.number().int().min(100).default(50_000),
  /** Share of the rows that are read. */
  sample: z.coerce.number().gt(0).max(1).default(1),
  /** Share of the training rows that decides when to stop. */
  validation_fraction: z.coerce.number().min(0).max(0.5).default(0.1),
  /** Keep what was trained after every so many trees, to go on from there; 0 keeps nothing. */
  checkpoint_trees: z.coerce.number().int().min(0).max(10_000).default(0),
  model_name: z.string().min(1).optional(),
  model_description: z.string().default('Gradient boosted trees trained by Slipway'),
  model_tags: tags,
});

export type Hyperparameters = z.infer<typeof schema>;

/**
 * Reads the texts of `hyperparameters.json`; what SageMaker's own tools add (`sagemaker_…`) is left
 * out. Throws with every wrong setting.
 */
export function parseHyperparameters(values: Readonly<Record<string, string>>): Hyperparameters {
  const own = Object.entries(values).filter(([name]) => !name.startsWith('sagemaker_'));
  const result = schema.safeParse(Object.fromEntries(own));
  if (!result.success) {
    const issues = result.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'hyperparameters'}: ${message}`,
    );
    throw new TrainingError(`Wrong hyperparameters: ${issues.join('; ')}`);
  }
  const settings = result.data;
  if (!settings.time_column && (settings.trailing || settings.holdout || settings.window_end)) {
    throw new TrainingError('window_end, trailing and holdout need a time_column');
  }
  return settings;
}
