import { createHash } from 'node:crypto';
import { addDuration, parseDuration, SECOND_MS } from '../../shared/duration.ts';
import { getItem, key, writeOne } from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import type { CachedTraining, Execution } from '../executions/execution.ts';
import { getExecution, platformTableName } from '../pipeline-store.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { trainedVersion } from './trained-version.ts';
import { dataObjects } from './training-data-store.ts';

/** Changes when the digest is made of something else, so that no former digest is met. */
const FORMAT = 2;

interface CacheRow {
  readonly execution: string;
  /** Epoch milliseconds at which the training of that execution began. */
  readonly trainedAt: number;
}

const cacheKey = (pipeline: string, digest: string) => ({
  pk: key('PIPELINE', pipeline),
  sk: key('CACHE', digest),
});

/**
 * SHA-256 over all that a training is made of: the objects of its data with their entity tags, columns and
 * time range, program (algorithm or image), instances, hyperparameters and the space of a tuning. Undefined when the pipeline
 * does not want it, or when the objects cannot be listed.
 */
export async function inputsDigest({ document }: Execution): Promise<string | undefined> {
  const { cache, data, training, model, tuning, registration } = document;
  if (!cache) return undefined;
  const objects = await Promise.all(
    [data.train, ...(data.evaluate === undefined ? [] : [data.evaluate])].map(dataObjects),
  );
  if (objects.includes(undefined)) return undefined;
  const { max_runtime: _runtime, spot: _spot, volume_gb: _volume, ...program } = training;
  // The built-in program's image has another tag with each change of the program.
  const image = training.image ?? requiredEnv('TRAINING_IMAGE');
  const made = [
    FORMAT,
    model,
    data,
    { ...program, image },
    objects,
    ...(registration ? [registration] : []),
  ];
  const inputs = canonical(tuning ? [...made, withoutConcurrency(tuning)] : made);
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/** How many trials run at a time changes nothing about what they are. */
const withoutConcurrency = ({ concurrency: _, ...drawn }: Tuning) => drawn;

/** With the fields of every object in the order of their names: two spellings are one content. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, canonical(one)]));
}

const expiryOf = ({ document }: Execution, trainedAt: number): number =>
  document.cache ? addDuration(trainedAt, parseDuration(document.cache.expiry)) : trainedAt;

/** The training of the same inputs that is young enough and whose version is still there. */
export async function findCached(
  execution: Execution,
  digest: string,
  now: number,
): Promise<CachedTraining | undefined> {
  const row = await getItem<CacheRow>(platformTableName(), cacheKey(execution.pipeline, digest));
  if (!row || expiryOf(execution, row.trainedAt) <= now) return undefined;
  const former = await getExecution(row.execution);
  const runId = former?.best?.runId ?? former?.runId;
  if (former?.status !== 'SUCCEEDED' || runId === undefined) return undefined;
  if (!(await trainedVersion(runId, execution.document.model))) return undefined;
  return { execution: former.id, runId };
}

/** Lets others find what an execution trained, unless its data changed while it trained. */
export async function keepCached(execution: Execution): Promise<void> {
  const { digest, pipeline, id, startedAt, createdAt } = execution;
  if (digest === undefined || (await inputsDigest(execution)) !== digest) return;
  const trainedAt = startedAt ?? createdAt;
  const row: CacheRow = { execution: id, trainedAt };
  await writeOne({
    table: platformTableName(),
    put: {
      ...cacheKey(pipeline, digest),
      type: 'training-cache',
      ...row,
      expiresAt: Math.ceil(expiryOf(execution, trainedAt) / SECOND_MS),
    },
  });
}
