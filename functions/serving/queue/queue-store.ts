import type { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import {
  ConditionFailed,
  getItem,
  key,
  transactWrite,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import { DomainError } from '../../shared/errors.ts';
import type { Deployed } from '../endpoints/endpoint.ts';
import { deleteObject, readObject, writeObject } from '../invoke/object-store.ts';
import type { QueuedRequest } from './queued-request.ts';

const table = () => requiredEnv('PLATFORM_TABLE');
const bucket = () => requiredEnv('ARTIFACTS_BUCKET');
const requestKey = (id: string) => ({ pk: key('QUEUED', id), sk: 'META' });

export const readQueueObject = (name: string): Promise<Buffer | undefined> =>
  readObject(bucket(), name);

export const writeQueueObject = (name: string, body: Buffer, contentType: string): Promise<void> =>
  writeObject(bucket(), name, body, { ContentType: contentType });

export const deleteQueueObject = (name: string): Promise<void> => deleteObject(bucket(), name);

/** The row of a request, and how it is found by the objects that tell of its answer. */
export async function putQueued(id: string, request: QueuedRequest): Promise<void> {
  const { expiresAt } = request;
  const found = [request.answer, request.failure].map((name) => ({
    put: { ...requestKey(name), type: 'queued-object', request: id, expiresAt },
    table: table(),
  }));
  const put = { ...requestKey(id), type: 'queued', ...request };
  await transactWrite([{ put, table: table() }, ...found]);
}

export const getQueued = (id: string): Promise<QueuedRequest | undefined> =>
  getItem<QueuedRequest>(table(), requestKey(id));

/** Id of the request that an object belongs to. */
export async function requestOfObject(name: string): Promise<string | undefined> {
  const row = await getItem<{ readonly request: string }>(table(), requestKey(name));
  return row?.request;
}

/** Notes that it was answered and logged; whoever was first stays. */
export async function markAnswered(id: string, statusCode: number): Promise<void> {
  try {
    await writeOne({
      update: 'SET statusCode = :status',
      key: requestKey(id),
      table: table(),
      condition: 'attribute_exists(pk) AND attribute_not_exists(statusCode)',
      values: { ':status': statusCode },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

let client: SageMakerRuntimeClient | undefined;

/** A request stays in SageMaker's queue for so long at most, in seconds: the longest it takes. */
const TTL_SECONDS = 6 * 3600;

/** An answer may take so long, in seconds: the longest that SageMaker allows. */
const TIMEOUT_SECONDS = 3600;

/** Hands a request to SageMaker's queue; answers the keys of the objects that will tell its outcome. */
export async function enqueue(
  { endpoint }: Deployed,
  { id, input, contentType }: { id: string; input: string; contentType: string },
): Promise<{ answer: string; failure: string }> {
  const { InvokeEndpointAsyncCommand, SageMakerRuntimeClient } = await import(
    '@aws-sdk/client-sagemaker-runtime'
  );
  client ??= new SageMakerRuntimeClient({});
  const command = new InvokeEndpointAsyncCommand({
    EndpointName: endpoint,
    InferenceId: id,
    ContentType: contentType,
    Accept: 'application/json',
    InputLocation: `s3://${bucket()}/${input}`,
    RequestTTLSeconds: TTL_SECONDS,
    InvocationTimeoutSeconds: TIMEOUT_SECONDS,
  });
  try {
    const { OutputLocation: answer, FailureLocation: failure } = await client.send(command);
    return { answer: keyOf(answer), failure: keyOf(failure) };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new DomainError('TEMPORARILY_UNAVAILABLE', `The queue takes no requests: ${message}`);
  }
}

/** `s3://bucket/a/b` → `a/b`. */
function keyOf(location: string | undefined): string {
  const found = /^s3:\/\/[^/]+\/(.+)$/s.exec(location ?? '')?.[1];
  if (found === undefined) throw new Error(`SageMaker names no object: ${location}`);
  return found;
}
