import * as z from 'zod/mini';
import { addDuration, DAY_MS, isDuration, parseDuration, SECOND_MS } from '../shared/duration.ts';
import { invalid } from '../shared/errors.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { occasions } from '../shared/recipients.ts';
import { scheduleExpression, timeZone } from './triggers/schedule.ts';
import { triggersSchema } from './triggers/trigger.ts';
import { tuningSchema } from './tuning/tuning.ts';

const duration = z
  .string()
  .check(z.refine(isDuration, 'must be an ISO 8601 duration such as PT1H'));
/** What a training job of SageMaker may be given. */
const [SHORTEST_MS, LONGEST_MS] = [SECOND_MS, 28 * DAY_MS];
const runtime = duration.check(
  z.refine((text) => {
    // A text that is no duration is refused by the check before.
    if (!isDuration(text)) return true;
    const time = addDuration(0, parseDuration(text));
    return time >= SHORTEST_MS && time <= LONGEST_MS;
  }, 'must be between PT1S and P28D'),
);
const s3Uri = z
  .string()
  .check(z.regex(/^s3:\/\/[^/]+\/.+$/, 'must be s3://<bucket>/<key or prefix>'));
const column = z.string().check(z.minLength(1));

const dataSchema = z.strictObject({
  /** An object, or a prefix of which every object counts. */
  train: s3Uri,
  evaluate: z.optional(s3Uri),
  /** What of `train` each instance gets: everything (the default), or its share of the objects. */
  distribution: z.optional(z.enum(['FullyReplicated', 'ShardedByS3Key'])),
  label: column,
  exclude: z._default(z.array(column), []),
  /** Column with the event time of a row: what `window_end`, `trailing` and `holdout` go by. */
  time_column: z.optional(column),
  /** Rows from this time on are left out; retraining sets it to the end of the window it answers. */
  window_end: z.optional(z.iso.datetime({ offset: true })),
  /** How far back from `window_end` rows are trained on. */
  trailing: z.optional(duration),
  /** The newest part of that, held out for the evaluation. */
  holdout: z.optional(duration),
});

const trainingSchema = z.strictObject({
  algorithm: z._default(z.literal('gbdt'), 'gbdt'),
  /** Image of another training program that follows the same container contract. */
  image: z._default(z.nullable(z.string().check(z.minLength(1))), null),
  instance_type: z._default(
    z
      .string()
      .check(
        z.regex(
          /^ml\.[a-z0-9-]+\.[a-z0-9]+$/,
          'must be a training instance type such as ml.m5.xlarge',
        ),
      ),
    'ml.m5.xlarge',
  ),
  instance_count: z._default(z.int().check(z.minimum(1), z.maximum(100)), 1),
  /** Of each instance, for data, model and checkpoints. */
  volume_gb: z._default(z.int().check(z.minimum(1), z.maximum(16_384)), 50),
  spot: z._default(z.boolean(), false),
  max_runtime: z._default(runtime, 'PT1H'),
  hyperparameters: z._default(
    z.record(z.string().check(z.minLength(1)), z.union([z.string(), z.number(), z.boolean()])),
    {},
  ),
});

/** Programs get the text as a hyperparameter, and SageMaker takes at most 2,500 characters of one. */
const MAX_TOLD = 2000;

const registrationSchema = z.strictObject({
  /** Tags of the version that is registered, in place before it is validated. */
  tags: z.optional(
    z
      .record(z.string().check(z.minLength(1), z.maxLength(250)), z.string())
      .check(
        z.refine(
          (tags) => JSON.stringify(tags).length <= MAX_TOLD,
          `must have at most ${MAX_TOLD} characters in all`,
        ),
      ),
  ),
  description: z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_TOLD))),
});

const notificationsSchema = occasions(['on_start', 'on_success', 'on_failure']);

export const pipelineSchema = z
  .strictObject({
    model: z.string().check(z.minLength(1), z.maxLength(256)),
    data: dataSchema,
    training: z.prefault(trainingSchema, {}),
    /** Several trainings with hyperparameters from a space; the best model is registered. */
    tuning: z.optional(tuningSchema),
    /** What the version that comes of an execution is registered with. */
    registration: z.optional(registrationSchema),
    /** Starts executions at its times; those of `cron` and `at` are the time zone's. */
    schedule: z.optional(scheduleExpression),
    time_zone: z.optional(timeZone),
    /** Event patterns; an event that one of them matches starts an execution. */
    triggers: z.optional(triggersSchema),
    /** Whom to notify of an execution. */
    notifications: z.optional(notificationsSchema),
    /** A training of unchanged inputs is not repeated until one of them is older than `expiry`. */
    cache: z.optional(z.strictObject({ expiry: duration })),
    /** What becomes of a request while an execution runs. */
    overlap: z._default(z.enum(['queue', 'skip', 'replace']), 'queue'),
  })
  .check(
    z.refine(
      ({ data }) =>
        data.time_column !== undefined || !(data.window_end ?? data.trailing ?? data.holdout),
      {
        path: ['data', 'time_column'],
        message: 'window_end, trailing and holdout need time_column',
      },
    ),
    z.refine(({ training }) => training.instance_count === 1 || training.image !== null, {
      path: ['training', 'instance_count'],
      message: 'above 1 needs an image: the built-in program trains on one instance',
    }),
    z.refine(({ schedule, time_zone }) => schedule !== undefined || time_zone === undefined, {
      path: ['time_zone'],
      message: 'needs a schedule',
    }),
  );

export type PipelineNotifications = z.infer<typeof notificationsSchema>;

/** A training pipeline's definition with all defaults filled in. */
export type PipelineDocument = z.infer<typeof pipelineSchema>;

export interface Pipeline {
  readonly name: string;
  readonly document: PipelineDocument;
  /** 1, 2, 3 …: counts the definitions. */
  readonly revision: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly updatedBy: string;
}

export type Parameters = Readonly<Record<string, unknown>>;

/**
 * The document with the parameters put in; each is a dotted path into the document, such as
 * `training.hyperparameters.trees`. Throws INVALID_PARAMETER_VALUE with the path that does not fit.
 */
export function withParameters(document: PipelineDocument, parameters: Parameters) {
  const changed = structuredClone(document) as Record<string, unknown>;
  for (const [path, value] of Object.entries(parameters)) setPath(changed, path, value);
  return parseValue(changed, pipelineSchema);
}

function setPath(document: Record<string, unknown>, path: string, value: unknown): void {
  const [top = '', field, ...rest] = path.split('.');
  const isHyperparameter = field === 'hyperparameters' && rest.length > 0;
  const names = isHyperparameter
    ? [top, field, rest.join('.')]
    : [top, ...(field === undefined ? [] : [field]), ...rest];
  const last = names.pop() ?? '';
  let target = document;
  for (const name of names) {
    const inner = Object.hasOwn(target, name) ? target[name] : undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) {
      throw invalid(`parameters: '${path}' is no path into the pipeline`);
    }
    target = inner as Record<string, unknown>;
  }
  if (last === '' || last === '__proto__') {
    throw invalid(`parameters: '${path}' is no path into the pipeline`);
  }
  target[last] = value;
}

/** A pipeline as the API shows it: the document with what is known of it. */
export const describePipeline = (pipeline: Pipeline) => ({
  name: pipeline.name,
  revision: pipeline.revision,
  created_at: new Date(pipeline.createdAt).toISOString(),
  updated_at: new Date(pipeline.updatedAt).toISOString(),
  updated_by: pipeline.updatedBy,
  ...pipeline.document,
});
