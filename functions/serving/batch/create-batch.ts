import * as z from 'zod/mini';
import { artifactLocation } from '../../artifacts/index.ts';
import { startExecution } from '../../events/execution-store.ts';
import { getModelVersion, getVersionByAlias, locationOf } from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { requiredEnv } from '../../shared/env.ts';
import { conflict, invalid, notFound } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { newId } from '../../shared/ids.ts';
import { prepareVersion } from '../preparation/prepare-version-store.ts';
import { type Batch, describeBatch, executionOf } from './batch.ts';
import { checkAddresses } from './batch-addresses.ts';
import { findPrediction } from './batch-destinations-store.ts';
import type { Result } from './batch-results.ts';
import { getBatch, putBatch } from './batch-store.ts';

const address = z
  .string()
  .check(z.regex(/^s3:\/\/[^/]+\/.+$/, 'must be s3://<bucket>/<key or prefix>'));
const createSchema = z.strictObject({
  model: z.string().check(
    z.regex(/^models:\/[^/@]+(@[A-Za-z0-9_-]+|\/[1-9]\d*)$/, {
      message: 'must be models:/<name>@<alias> or models:/<name>/<version>',
    }),
  ),
  input: address,
  output: address,
  columns: z._default(z.array(z.string().check(z.minLength(1))), []),
  lookup: z.optional(z.strictObject({ key: z.string().check(z.minLength(1)) })),
  queue: z.optional(z.string().check(z.regex(/^[\w-]{1,80}$/, { message: 'must be its name' }))),
});

/** Starts to score files by the version that the alias names now. */
export async function createBatch(
  body: unknown,
  context: OperationContext,
): Promise<Record<string, unknown>> {
  const { model: uri, input, output, columns, lookup, queue } = parseValue(body, createSchema);
  const own = requiredEnv('RESULT_QUEUES');
  if (queue !== undefined && !queue.startsWith(own)) throw invalid(`queue must begin with ${own}`);
  checkAddresses(input, output);
  const [, model = '', alias, number] = /^models:\/([^/@]+)(?:@(.+)|\/(.+))$/.exec(uri) ?? [];
  const version = alias === undefined ? number : await getVersionByAlias(model, alias);
  const registered = version === undefined ? undefined : await getModelVersion(model, version);
  if (version === undefined || !registered) throw notFound(`${uri} does not exist`);
  const location = await artifactLocation(locationOf(registered));
  const { runtime } = await prepareVersion({ model, version, location });
  const batch: Batch = {
    id: newId(),
    uri,
    model,
    version,
    input,
    output,
    carry: columns,
    lookup,
    queue,
    location,
    ...(runtime === 'python' && { runtime }),
    status: 'RUNNING',
    attempt: 1,
    requestedBy: context.actor.user,
    startedAt: context.clock(),
  };
  await putBatch(batch);
  await start(batch, context);
  return describeBatch(batch);
}

/** The prediction of the row with this value in the column of the batch's `lookup`. */
export async function getPrediction(id: string, name: string | undefined): Promise<Result> {
  const { lookup } = await existingBatch(id);
  if (!lookup) throw invalid(`Batch inference ${id} has no lookup`);
  if (!name) throw invalid(`key must be given: a value of '${lookup.key}'`);
  const found = await findPrediction(id, name);
  if (!found) throw notFound(`Batch inference ${id} has no prediction for '${name}'`);
  const { input_row, prediction, columns } = found;
  return { input_row, prediction, columns };
}

export async function existingBatch(id: string): Promise<Batch> {
  const batch = await getBatch(id);
  if (!batch) throw notFound(`Batch inference ${id} does not exist`);
  return batch;
}

/** Goes on with a batch that failed, by the same version: what was scored is not scored again. */
export async function retryBatch(
  id: string,
  context: OperationContext,
): Promise<Record<string, unknown>> {
  const batch = await existingBatch(id);
  if (batch.status !== 'FAILED')
    throw conflict(`Batch inference ${id} is ${batch.status}, not FAILED`);
  const { endedAt: _end, error: _error, ...rest } = batch;
  const again: Batch = { ...rest, status: 'RUNNING', attempt: batch.attempt + 1 };
  await putBatch(again);
  await start(again, context);
  return describeBatch(again);
}

const start = (batch: Batch, { correlationId }: OperationContext) =>
  startExecution(requiredEnv('STATE_MACHINE_BATCH'), executionOf(batch), {
    batch_id: batch.id,
    correlation_id: correlationId,
  });
