import type { OperationContext } from '../../shared/context.ts';
import { endpointsBoundTo } from './endpoint-store.ts';
import { reconcileEndpoint } from './reconcile-endpoint.ts';

/** Makes every endpoint that follows the alias serve the version it names at this moment. */
export async function followAlias(
  data: { readonly model: string; readonly alias: string; readonly cause: string },
  context: OperationContext,
): Promise<void> {
  const endpoints = await endpointsBoundTo(data.model, data.alias);
  const results = await Promise.allSettled(
    endpoints.map((endpoint) => reconcileEndpoint(endpoint, data.cause, context)),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
