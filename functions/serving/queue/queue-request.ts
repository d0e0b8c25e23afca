import { type HttpResult, json } from '../../shared/http/api.ts';
import { newHexId } from '../../shared/ids.ts';
import type { Deployed } from '../endpoints/endpoint.ts';
import { QUEUE_KEPT_DAYS, QUEUE_PREFIX } from '../env.ts';
import { enqueue, putQueued, writeQueueObject } from './queue-store.ts';
import type { QueuedRequest } from './queued-request.ts';

/** Seconds after which to ask for an answer again. */
const RETRY_SECONDS = 5;

/**
 * Lets a request wait for a version whose instances come and go. When it resolves, the request is with
 * SageMaker and its row is durable: the caller may be given the id to ask by.
 */
export async function queueRequest(
  deployed: Deployed,
  entry: QueuedRequest['entry'],
  { body, contentType }: { readonly body: Buffer; readonly contentType: string },
): Promise<void> {
  const { requestId: id } = entry;
  const input = `${QUEUE_PREFIX}requests/${newHexId()}`;
  await writeQueueObject(input, body, contentType);
  const outcome = await enqueue(deployed, { id, input, contentType });
  const expiresAt = Math.floor(entry.timestampMs / 1000) + QUEUE_KEPT_DAYS * 86_400;
  await putQueued(id, { entry, input, ...outcome, expiresAt });
}

/** 202: where to ask for the answer. */
export function accepted(endpoint: string, requestId: string): HttpResult {
  const location = `/serving-endpoints/${endpoint}/invocations/${requestId}`;
  return json(
    202,
    { request_id: requestId, status: 'QUEUED', location },
    { location, 'retry-after': String(RETRY_SECONDS), 'x-request-id': requestId },
  );
}
