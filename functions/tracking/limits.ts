import { invalid } from '../shared/errors.ts';
import type { Metric } from './run.ts';

/** MLflow's limits (`mlflow/utils/validation.py`). */
const MAX_KEY = 250;
const MAX_PARAM_VALUE = 6000;
const MAX_TAG_VALUE = 8000;
const MAX_METRICS = 1000;
const MAX_PARAMS = 100;
const MAX_TAGS = 100;
const MAX_ENTITIES = 1000;

/** Characters that a key may hold; it must also be a plain relative path. */
const KEY = /^[/\w.\- :]*$/u;

interface Pair {
  readonly key: string;
  readonly value: string;
}

export function checkKey(kind: 'metric' | 'param' | 'tag', key: string): void {
  if (key.length > MAX_KEY) {
    throw invalid(`'${key.slice(0, 20)}…' exceeds the maximum length of ${MAX_KEY} characters`);
  }
  const parts = key.split('/');
  if (!KEY.test(key) || key.startsWith('/') || parts.includes('..') || parts.includes('.')) {
    throw invalid(
      `Invalid value "${key}" for parameter 'key' supplied: Names of ${kind}s may only contain alphanumerics, ` +
        'underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    );
  }
}

export function checkParam({ key, value }: Pair): void {
  checkKey('param', key);
  checkLength('Param', key, value, MAX_PARAM_VALUE);
}

export function checkTag({ key, value }: Pair): void {
  checkKey('tag', key);
  checkLength('Tag', key, value, MAX_TAG_VALUE);
}

function checkLength(kind: string, key: string, value: string, limit: number): void {
  if (value.length <= limit) return;
  throw invalid(
    `${kind} value for key '${key}' exceeds the maximum length of ${limit} characters (it has ${value.length})`,
  );
}

export function checkBatch(batch: {
  readonly metrics: readonly Metric[];
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
}): void {
  const { metrics, params, tags } = batch;
  atMost('metrics', metrics.length, MAX_METRICS);
  atMost('params', params.length, MAX_PARAMS);
  atMost('tags', tags.length, MAX_TAGS);
  atMost('metrics, params and tags', metrics.length + params.length + tags.length, MAX_ENTITIES);
  for (const metric of metrics) checkKey('metric', metric.key);
  for (const param of params) checkParam(param);
  for (const tag of tags) checkTag(tag);
  const keys = params.map(({ key }) => key);
  const twice = [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))];
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
      'Please split up across multiple requests and try again.',
  );
}
