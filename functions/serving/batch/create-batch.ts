import * as z from 'zod/mini';
import { artifactLocation } from '../../artifacts/index.ts';
import { startExecution } from '../../events/execution-store.ts';
import { getModelVersion, getVersionByAlias, locationOf } from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { requiredEnv } from '../../shared/env.ts';
import { conflict, invalid, notFound } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { newId } from '../../shared/ids.ts';
import { type Batch, describeBatch } from './batch.ts';
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
});

/** Key of an address in the platform's bucket. Throws INVALID_PARAMETER_VALUE for another bucket. */
export function keyOf(text: string): string {
  const prefix = `s3://${requiredEnv('ARTIFACTS_BUCKET')}/`;
  if (!text.startsWith(prefix))
    throw invalid(`${text} does not lie in the platform's bucket, ${prefix}`);
  return text.slice(prefix.length);
}

/** Starts to score files by the version that the alias names now. */
export async function createBatch(
  body: unknown,
  context: OperationContext,
): Promise<Record<string, unknown>> {
  const { model: uri, input, output, columns } = parseValue(body, createSchema);
  // The input is every key that begins so.
  if (`${keyOf(output)}/`.startsWith(keyOf(input))) {
    throw invalid('output must not lie below input: results would be scored');
  }
  const [, model = '', alias, number] = /^models:\/([^/@]+)(?:@(.+)|\/(.+))$/.exec(uri) ?? [];
  const version = alias === undefined ? number : await getVersionByAlias(model, alias);
  const registered = version === undefined ? undefined : await getModelVersion(model, version);
  if (version === undefined || !registered) throw notFound(`${uri} does not exist`);
  const batch: Batch = {
    ...{ id: newId(), uri, model, version, input, output, carry: columns },
    location: await artifactLocation(locationOf(registered)),
    status: 'RUNNING',
    attempt: 1,
    requestedBy: context.actor.user,
    startedAt: context.clock(),
  };
  await putBatch(batch);
  await start(batch, context);
  return describeBatch(batch);
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

const start = ({ id, attempt }: Batch, { correlationId }: OperationContext) =>
  startExecution(requiredEnv('STATE_MACHINE_BATCH'), `${id}-${attempt}`, {
    batch_id: id,
    correlation_id: correlationId,
  });
