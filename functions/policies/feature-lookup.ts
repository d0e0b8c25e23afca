import * as z from 'zod/mini';
import { isDuration } from '../shared/duration.ts';

const name = z.string().check(z.minLength(1), z.maxLength(250));

/** A file of the platform's storage, or `run:/<path>`: an artifact of the version's own run. */
export const dataPath = z
  .string()
  .check(z.regex(/^(s3:\/\/[^/]+\/.+|run:\/.+)$/, 'must be s3://<bucket>/<key> or run:/<path>'));

/**
 * Features that stand in a table of their own: Databricks' `FeatureLookup`, with a file in place of the table's name. Each row of the evaluation data gets the columns of the row
 * that has its key; with times, of the latest one that was known at the row's own time.
 */
export const featureLookup = z
  .strictObject({
    path: dataPath,
    format: z.optional(z.enum(['parquet', 'csv'])),
    /** Columns of the key, in the rows as in the table. */
    lookup_key: z.union([name, z.array(name).check(z.minLength(1))]),
    /** Without them every column of the table but keys and times. */
    feature_names: z.optional(z.array(name).check(z.minLength(1))),
    /** Name in the table → name that the model knows. */
    rename_outputs: z.optional(z.record(name, name)),
    /** In place of a value that no row of the table has. */
    default_values: z.optional(z.record(name, z.union([z.string(), z.number(), z.boolean()]))),
    /** Column with the time of a row of the evaluation data. */
    timestamp_lookup_key: z.optional(name),
    /** Column with the time from which on a row of the table was known. */
    timestamp_key: z.optional(name),
    /** Rows of the table that are older than this at the row's time do not count. */
    lookback_window: z.optional(
      z.string().check(z.refine(isDuration, 'must be an ISO 8601 duration such as P1D or PT72H')),
    ),
  })
  .check(
    z.refine(
      ({ timestamp_lookup_key: of, timestamp_key: at }) =>
        (of === undefined) === (at === undefined),
      { path: ['timestamp_key'], message: 'goes with timestamp_lookup_key' },
    ),
    z.refine(
      ({ lookback_window: window, timestamp_key: at }) => window === undefined || at !== undefined,
      { path: ['lookback_window'], message: 'needs timestamp_key and timestamp_lookup_key' },
    ),
  );

export type FeatureLookup = z.output<typeof featureLookup>;
