import { isDeepStrictEqual } from 'node:util';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import type { Write } from '../../shared/dynamo/index.ts';
import type { Endpoint, LiveConfig } from '../endpoint.ts';
import { platformTableName } from '../endpoint-store.ts';
import { EndpointDeploymentOutdated } from '../events.ts';

const deployedIn = (live: LiveConfig | undefined) =>
  (live?.entities ?? [])
    .filter(({ deployed }) => deployed !== undefined)
    .map(({ deployed, weight }) => ({ deployed, weight }));

/** Announces that SageMaker has to follow, when a change of what is live touches what it serves. */
export function outdatedWrites(
  { name, id }: Pick<Endpoint, 'name' | 'id'>,
  before: LiveConfig | undefined,
  after: LiveConfig | undefined,
  context: OperationContext,
): Write[] {
  if (isDeepStrictEqual(deployedIn(before), deployedIn(after))) return [];
  const data = { endpoint: name, endpoint_id: id };
  return [outbox(platformTableName(), EndpointDeploymentOutdated, data, context)];
}
