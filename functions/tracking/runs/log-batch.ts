import { type LinkedMetric, logModelMetrics } from '../../logged-models/index.ts';
import { ConditionFailed, ItemTooLarge } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { pythonQuoted } from '../../shared/python-text.ts';
import { checkBatch, type Pair, storedParam, storedTag } from '../limits.ts';
import { appendMetrics } from '../metrics/append-store.ts';
import { storedValue } from '../metrics/metric-points.ts';
import { RUN_NAME_TAG, type Run } from './run.ts';
import { changeRun, loadActiveRun, type RunChange, type RunItem } from './run-store.ts';
import { changeWideRun, fitsPage } from './wide-run-store.ts';

interface LogBatchInput {
  readonly run_id: string;
  readonly metrics?: readonly LinkedMetric[];
  readonly params?: readonly Pair[];
  readonly tags?: readonly Pair[];
}

/**
 * Logs to a run that is there and active. Params and tags are one conditional write (a param never
 * changes), metrics another, and those about logged models one for each model; a retry of the same
 * batch changes nothing that a reader sees.
 */
export async function logBatch(input: LogBatchInput, alone = false): Promise<undefined> {
  const { run_id, metrics = [], params = [], tags = [] } = input;
  checkBatch({ metrics, params, tags }, alone);
  if (params.length + tags.length > 0) {
    await writePairs(run_id, params.map(storedParam), tags.map(storedTag), alone);
  }
  if (metrics.length > 0) {
    const stored = metrics.map(storedMetric);
    await appendMetrics(run_id, stored);
    await logModelMetrics(run_id, stored);
  }
  if (params.length + metrics.length + tags.length === 0) await loadActiveRun(run_id);
  return undefined;
}

/** Nearly all are stored as they came. */
function storedMetric(metric: LinkedMetric): LinkedMetric {
  const value = storedValue(metric.value);
  return Object.is(value, metric.value) ? metric : { ...metric, value };
}

/** Params from which on they are written as one map: an expression that names each costs more than the map. */
const MAP_FROM = 8;

/** Attempts to write all params as one map before others' writes to the run are allowed for. */
const MAP_ATTEMPTS = 3;

/** Params and tags that all stand in the head are changed there. */
const NOT_WIDE = 'attribute_not_exists(pages)';

/**
 * Writes the params as new ones. If some are there already, the refusal brings the run along: equal
 * ones are left out of the next attempt, others are an error.
 */
export async function writePairs(
  runId: string,
  params: readonly Pair[],
  given: readonly Pair[],
  alone = false,
): Promise<void> {
  // An empty name leaves a run the name it has.
  const tags = given.filter(({ key, value }) => key !== RUN_NAME_TAG || value !== '');
  if (params.length + tags.length === 0) await loadActiveRun(runId);
  // More than any head has room for, and than an expression may have values.
  if (!fitsPage([...params, ...tags])) return writeWide(runId, params, tags, alone);
  let missing = params;
  let present: RunItem | undefined;
  for (let attempt = 1; missing.length + tags.length > 0; attempt++) {
    const asMap = missing.length >= MAP_FROM && attempt <= MAP_ATTEMPTS;
    const change = asMap ? mapUpdate(present, missing, tags) : pairsUpdate(missing, tags);
    const condition = change.condition ? `${NOT_WIDE} AND ${change.condition}` : NOT_WIDE;
    try {
      return await changeRun(runId, { ...change, condition });
    } catch (error) {
      if (error instanceof ItemTooLarge) return writeWide(runId, params, tags, alone);
      if (!(error instanceof ConditionFailed)) throw error;
      present = error.item as unknown as RunItem;
      if (present.pages) return writeWide(runId, params, tags, alone);
      missing = newParams(present, params, alone);
    }
  }
}

const writeWide = (
  runId: string,
  params: readonly Pair[],
  tags: readonly Pair[],
  alone: boolean,
): Promise<void> =>
  changeWideRun(runId, (run) => {
    const missing = newParams(run, params, alone);
    if (missing.length + tags.length === 0) return undefined;
    return { params: byKey(missing), tags: byKey(tags) };
  });

const byKey = (pairs: readonly Pair[]): Record<string, string> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value]));

/** Sets all params of the run at once, if it has none or is still as it was `present`. */
function mapUpdate(
  present: RunItem | undefined,
  missing: readonly Pair[],
  tags: readonly Pair[],
): RunChange {
  const rest = pairsUpdate([], tags);
  const params = Object.fromEntries([
    ...Object.entries(present?.params ?? {}),
    ...missing.map(({ key, value }) => [key, value]),
  ]);
  return {
    update: tags.length > 0 ? `${rest.update},params=:params` : 'SET params=:params',
    ...(tags.length > 0 && { names: rest.names }),
    condition: present ? 'version = :seen' : 'size(params) = :seen',
    values: { ...rest.values, ':params': params, ':seen': present?.version ?? 0 },
  };
}

/** Names are short: an expression has at most 4 KB, a batch 100 params and 100 tags. */
function pairsUpdate(params: readonly Pair[], tags: readonly Pair[]) {
  const names: Record<string, string> = {};
  const values: Record<string, string> = {};
  const sets: string[] = [];
  const conditions: string[] = [];
  const latest = [...new Map(tags.map((tag) => [tag.key, tag])).values()];
  const set = (map: 'params' | 'tags', { key, value }: Pair) => {
    const n = sets.length;
    names[`#${n}`] = key;
    values[`:${n}`] = value;
    sets.push(`${map}.#${n}=:${n}`);
    if (map === 'params') conditions.push(`attribute_not_exists(params.#${n})`);
  };
  for (const param of params) set('params', param);
  for (const tag of latest) set('tags', tag);
  const name = latest.find(({ key }) => key === RUN_NAME_TAG)?.value;
  if (name !== undefined) {
    sets.push('run_name=:name');
    values[':name'] = name;
  }
  return {
    update: `SET ${sets.join(',')}`,
    names,
    values,
    ...(conditions.length > 0 && { condition: conditions.join(' AND ') }),
  };
}

function newParams(run: Run, params: readonly Pair[], alone: boolean): Pair[] {
  const present = new Map(Object.entries(run.params));
  const changed = params.filter(({ key, value }) => present.has(key) && present.get(key) !== value);
  const [first] = changed;
  if (!first) return params.filter(({ key }) => !present.has(key));
  if (alone) {
    throw invalid(
      `Changing param values is not allowed. Param with key='${first.key}' was already logged with ` +
        `value='${present.get(first.key)}' for run ID='${run.run_id}'. Attempted logging new value '${first.value}'.`,
    );
  }
  const listed = changed.map(({ key, value = '' }) => {
    const [old, other] = [pythonQuoted(present.get(key) ?? ''), pythonQuoted(value)];
    return `{'key': ${pythonQuoted(key)}, 'old_value': ${old}, 'new_value': ${other}}`;
  });
  throw invalid(
    `Changing param values is not allowed. Params were already logged='[${listed.join(', ')}]' for run ID='${run.run_id}'.`,
  );
}
