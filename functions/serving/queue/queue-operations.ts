import type { OperationContext } from '../../shared/context.ts';
import { notFound } from '../../shared/errors.ts';
import type { HttpRequest, HttpResult } from '../../shared/http/api.ts';
import { log } from '../../shared/log.ts';
import { getEndpoint } from '../endpoints/endpoint-store.ts';
import { requirePermission } from '../endpoints/require-permission.ts';
import { accepted } from './queue-request.ts';
import { requestOfObject } from './queue-store.ts';
import { settleRequest } from './settle-request.ts';

/** What came of a queued request: 202 while it waits, then what the version answered. */
export async function getInvocation(
  { params: { name = '', id = '' } }: HttpRequest,
  { actor, clock }: OperationContext,
): Promise<HttpResult> {
  const endpoint = await getEndpoint(name);
  if (!endpoint) throw notFound(`Endpoint '${name}' does not exist`);
  requirePermission(name, endpoint, actor, 'CAN_QUERY');
  const settled = await settleRequest(id, clock);
  if (settled?.request.entry.live.endpointId !== endpoint.id) {
    throw notFound(`Endpoint '${name}' has no queued request '${id}'`);
  }
  const { outcome, request } = settled;
  if (!outcome) return accepted(name, id);
  const { entity } = request.entry;
  return {
    statusCode: outcome.statusCode,
    headers: {
      'content-type': 'application/json',
      ...(outcome.statusCode === 200 && {
        'served-model-name': entity.name,
        'slipway-model-version': entity.version,
      }),
      'x-request-id': id,
    },
    body: outcome.body,
  };
}

/** The row of a request follows its object within seconds; one that took longer has died before it. */
const LOST_MS = 10 * 60_000;

interface ObjectCreated {
  readonly source: 'aws.s3';
  /** ISO 8601. */
  readonly time: string;
  readonly detail: { readonly object: { readonly key: string } };
}

export const isObjectCreated = (body: unknown): body is ObjectCreated =>
  (body as { source?: unknown }).source === 'aws.s3';

/** Logs the answer that an object holds. Throws when its request is not there yet: it comes again. */
export async function onQueueObject(
  { time, detail }: ObjectCreated,
  clock: () => number,
): Promise<void> {
  const { key } = detail.object;
  const id = await requestOfObject(key);
  if (id !== undefined) return void (await settleRequest(id, clock));
  if (clock() - Date.parse(time) < LOST_MS) throw new Error(`No request waits for ${key} yet`);
  log.warn('nobody was told of a request that SageMaker has answered', { key });
}
