import { isDeepStrictEqual } from 'node:util';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import type { Write } from '../../shared/dynamo/index.ts';
import type { Endpoint, LiveConfig } from '../endpoints/endpoint.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import { EndpointDeploymentOutdated } from '../events.ts';

const deployedIn = (live: LiveConfig | undefined) =>
  (live?.entities ?? []).flatMap(({ deployed, weight }) =>
    deployed ? [{ deployed, weight }] : [],
  );

/** Announces that SageMaker has to follow, when a change of what is live touches what it serves. */
export function outdatedWrites(
  { name, id }: Pick<Endpoint, 'name' | 'id'>,
  before: LiveConfig | undefined,
  after: LiveConfig | undefined,
  context: OperationContext,
): Write[] {
  const [old, present] = [deployedIn(before), deployedIn(after)];
  const deployments = new Set([...old, ...present].map(({ deployed }) => deployed.endpoint));
  const within = (deployment: string) => (one: (typeof old)[number]) =>
    one.deployed.endpoint === deployment;
  return [...deployments]
    .filter((one) => !isDeepStrictEqual(old.filter(within(one)), present.filter(within(one))))
    .map((deployment) => {
      const data = { endpoint: name, endpoint_id: id, deployment };
      return outbox(platformTableName(), EndpointDeploymentOutdated, data, context);
    });
}
