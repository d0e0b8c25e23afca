import type { LinkedMetric } from '../logged-models/index.ts';
import { checkLength, checkName, cutText, missing, pythonFloat } from '../mlflow/index.ts';
import { invalid } from '../shared/errors.ts';
import { pythonQuoted } from '../shared/python-text.ts';

/** MLflow's limits (`mlflow/utils/validation.py`), in characters and entries. */
const MAX_KEY = 250;
const MAX_PARAM_VALUE = 6000;
const MAX_TAG_VALUE = 8000;
const MAX_EXPERIMENT_TAG_VALUE = 5000;
const MAX_METRICS = 1000;
const MAX_PARAMS_TAGS = 100;
const MAX_ENTITIES = 1000;

export interface Pair {
  readonly key: string;
  readonly value: string;
}

/** A name within its limit; `path` is for the message, `what` names it when it is too long. */
export function checkKey(key: string, path: string, what = path): void {
  checkName(key, path);
  checkLength(key, MAX_KEY, what);
}

/**
 * Keys of what something is made with: MLflow's servers look neither at their characters nor at what they
 * would be as paths; its databases have a column of that length.
 */
export function checkFirstKey(key: string, path: string): void {
  if (key === '') throw missing(path);
  checkLength(key, MAX_KEY, path);
}

export const checkTag = ({ key }: Pair): void => checkKey(key, 'key');

/** Long values are cut, as MLflow's servers do. */
export const storedParam = ({ key, value }: Pair): Pair => ({
  key,
  value: cutText(value, MAX_PARAM_VALUE),
});

export const storedTag = ({ key, value }: Pair): Pair => ({
  key,
  value: cutText(value, MAX_TAG_VALUE),
});

/** Tags of experiments are not cut. */
export function checkExperimentTag({ key, value }: Pair): void {
  checkKey(key, 'key');
  checkExperimentTagValue(value);
}

export const checkExperimentTagValue = (value: string): void =>
  checkLength(value, MAX_EXPERIMENT_TAG_VALUE, 'value');

const HALF_A_DATASET = 'Both dataset_name and dataset_digest must be provided if one is provided';

/** `alone`: the request is about one metric or param, and its fields have no path. */
export function checkBatch(
  batch: {
    readonly metrics: readonly LinkedMetric[];
    readonly params: readonly Pair[];
    readonly tags: readonly Pair[];
  },
  alone = false,
): void {
  const at = (list: string, i: number, field: string) => (alone ? field : `${list}[${i}].${field}`);
  const { metrics, params, tags } = batch;
  for (const { dataset_name, dataset_digest } of metrics) {
    if (Boolean(dataset_name) !== Boolean(dataset_digest)) throw invalid(HALF_A_DATASET);
  }
  atMost('metrics', metrics.length, MAX_METRICS);
  atMost('params', params.length, MAX_PARAMS_TAGS);
  atMost('tags', tags.length, MAX_PARAMS_TAGS);
  const total = metrics.length + params.length + tags.length;
  atMost('metrics, params, and tags', total, MAX_ENTITIES);
  // A batch has the same few keys over and over.
  const known = new Set<string>();
  let i = -1;
  for (const { key, value, timestamp } of metrics) {
    i += 1;
    if (!known.has(key)) {
      checkKey(key, at('metrics', i, 'name'), 'Metric name');
      known.add(key);
    }
    if (timestamp < 0) {
      throw invalid(
        `Invalid value ${timestamp} for parameter '${at('metrics', i, 'timestamp')}' supplied: ` +
          `metric '${key}' (value=${asFloat(value)}). ` +
          'Timestamp must be a nonnegative long (64-bit integer) ',
      );
    }
  }
  for (const [n, { key }] of params.entries()) checkKey(key, at('params', n, 'key'), 'Param key');
  for (const [n, { key }] of tags.entries()) checkKey(key, at('tags', n, 'key'));
  const keys = params.map(({ key }) => key);
  const twice = keys.filter((key, i) => keys.indexOf(key) !== i);
  if (twice.length > 0) {
    throw invalid(
      `Duplicate parameter keys have been submitted: [${twice.map(pythonQuoted).join(', ')}]. ` +
        'Please ensure the request contains only one param value per param key.',
    );
  }
}

/** As Python prints a float: its JSON has other names for what is not finite. */
const asFloat = (value: number) => pythonFloat(value).toLowerCase().replace('infinity', 'inf');

function atMost(what: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw invalid(
    `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. ` +
      `Please split up ${what} across multiple requests and try again.`,
  );
}
