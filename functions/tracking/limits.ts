import { posix } from 'node:path';
import { invalid } from '../shared/errors.ts';
import type { Metric } from './run.ts';

/** MLflow's limits (`mlflow/utils/validation.py`), in characters and entries. */
const MAX_KEY = 250;
const MAX_PARAM_VALUE = 6000;
const MAX_TAG_VALUE = 8000;
const MAX_EXPERIMENT_TAG_VALUE = 5000;
const MAX_METRICS = 1000;
const MAX_PARAMS_TAGS = 100;
const MAX_ENTITIES = 1000;

/** Python's `\w` with the other characters that names may hold. */
const NAME = /^[/\p{L}\p{N}_.\- :]*$/u;

/** A name without a directory or dots alone. */
const PLAIN = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/;

export interface Pair {
  readonly key: string;
  readonly value: string;
}

/** A name is a plain relative path: it may become a file somewhere. `path` is for the message. */
export function checkKey(key: string, path: string): void {
  const refuse = (why: string) =>
    invalid(`Invalid value ${JSON.stringify(key)} for parameter '${path}' supplied: ${why}`);
  if (!NAME.test(key)) {
    throw refuse(
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), ' +
        'spaces ( ), colon(:) and slashes (/).',
    );
  }
  // Most names are plain words, which stand for themselves.
  if (PLAIN.test(key) && key.length <= MAX_KEY) return;
  const resolved = key === '' ? '.' : posix.normalize(key).replace(/(.)\/$/, '$1');
  if (resolved !== key || key === '.' || /^(\.\.|\/)/.test(key)) {
    throw refuse(
      'Names may be treated as files in certain cases, and must not resolve to other names when ' +
        `treated as such. This name would resolve to '${resolved}'`,
    );
  }
  if (key.length > MAX_KEY) throw tooLong(path, MAX_KEY);
}

const tooLong = (path: string, limit: number) =>
  invalid(`'${path}' exceeds the maximum length of ${limit} characters`);

export const checkTag = ({ key }: Pair): void => checkKey(key, 'key');

/** Long values are cut, as MLflow's servers do. */
export const storedParam = ({ key, value }: Pair): Pair => ({
  key,
  value: value.slice(0, MAX_PARAM_VALUE),
});

export const storedTag = ({ key, value }: Pair): Pair => ({
  key,
  value: value.slice(0, MAX_TAG_VALUE),
});

/** Tags of experiments are not cut. */
export function checkExperimentTag({ key, value }: Pair): void {
  checkKey(key, 'key');
  if (value.length > MAX_EXPERIMENT_TAG_VALUE) throw tooLong('value', MAX_EXPERIMENT_TAG_VALUE);
}

export function checkBatch(batch: {
  readonly metrics: readonly Metric[];
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
}): void {
  const { metrics, params, tags } = batch;
  atMost('metrics', metrics.length, MAX_METRICS);
  atMost('params', params.length, MAX_PARAMS_TAGS);
  atMost('tags', tags.length, MAX_PARAMS_TAGS);
  const total = metrics.length + params.length + tags.length;
  atMost('metrics, params, and tags', total, MAX_ENTITIES);
  // A batch has the same few keys over and over.
  const known = new Set<string>();
  let i = -1;
  for (const { key, timestamp } of metrics) {
    i += 1;
    if (!known.has(key)) {
      checkKey(key, `metrics[${i}].name`);
      known.add(key);
    }
    if (timestamp < 0) {
      throw invalid(
        `Invalid value ${timestamp} for parameter 'metrics[${i}].timestamp' supplied: metric '${key}'. ` +
          'Timestamp must be a nonnegative long (64-bit integer)',
      );
    }
  }
  for (const [n, { key }] of params.entries()) checkKey(key, `params[${n}].key`);
  for (const [n, { key }] of tags.entries()) checkKey(key, `tags[${n}].key`);
  const keys = params.map(({ key }) => key);
  const twice = keys.filter((key, i) => keys.indexOf(key) !== i);
  if (twice.length > 0) {
    throw invalid(
      `Duplicate parameter keys have been submitted: [${twice.map((key) => `'${key}'`).join(', ')}]. ` +
        'Please ensure the request contains only one param value per param key.',
    );
  }
}

function atMost(what: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw invalid(
    `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. ` +
      `Please split up ${what} across multiple requests and try again.`,
  );
}
