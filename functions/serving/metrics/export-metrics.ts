import type { OperationContext } from '../../shared/context.ts';
import type { HttpResult } from '../../shared/http/api.ts';
import { existingEndpoint } from '../endpoints/get-endpoint.ts';
import { requirePermission } from '../endpoints/require-permission.ts';
import { listMetrics } from './metrics-store.ts';
import { toPrometheus } from './serving-metrics.ts';

/** Requests, errors and latencies of every served entity, as Prometheus reads them. */
export async function exportMetrics(
  name: string,
  { actor }: OperationContext,
): Promise<HttpResult> {
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, actor, 'CAN_VIEW');
  return {
    statusCode: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: toPrometheus(name, await listMetrics(endpoint.id)),
  };
}
