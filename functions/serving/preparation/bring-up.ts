import { startExecution } from '../../events/execution-store.ts';
import type { OperationContext } from '../../shared/context.ts';
import { requiredEnv } from '../../shared/env.ts';
import { newId } from '../../shared/ids.ts';
import { deploymentName, deploymentOf } from '../deployment/workload.ts';
import type { Endpoint, LiveEntity } from '../endpoints/endpoint.ts';
import { ScorerRequested } from '../events.ts';
import { type Deployment, isDue, type Preparation, variantOf } from './preparation.ts';
import { getPreparation, putPreparation } from './preparation-store.ts';

/** A version that is scored outside the data path: in Python, or as deployed by SageMaker. */
interface Wanted extends Pick<LiveEntity, 'model' | 'version' | 'location' | 'environmentVars'> {
  readonly deployment?: Omit<Deployment, 'location'>;
}

/**
 * Asks for a version to be brought up, unless it is on its way, ready, or has failed and nobody
 * asks again (`mayRetry`). Answers how far it is.
 */
export async function bringUp(
  endpoint: Pick<Endpoint, 'name' | 'id'>,
  { model, version, location, deployment, environmentVars }: Wanted,
  mayRetry: boolean,
  context: OperationContext,
): Promise<Pick<Preparation, 'state' | 'message'>> {
  const variant = variantOf({ deployment, environmentVars });
  const found = await getPreparation(endpoint.id, model, version, variant);
  const now = context.clock();
  if (found && !isDue(found, now, mayRetry)) return found;
  const id = newId();
  const about = { endpoint: endpoint.name, model, version };
  const row: Preparation = {
    ...about,
    preparation: id,
    state: 'PREPARING',
    since: now,
    ...(deployment && { deployment: { ...deployment, location } }),
    ...(environmentVars && { environmentVars }),
  };
  const data = {
    ...about,
    endpoint_id: endpoint.id,
    ...location,
    ...(deployment && { deployment }),
  };
  await putPreparation(endpoint.id, row, found, { definition: ScorerRequested, data, id }, context);
  return { state: 'PREPARING' };
}

/** Starts the execution that brings a version up; it is named after the event that asked for it. */
export async function startPreparation(
  request: {
    readonly endpoint: string;
    readonly endpoint_id: string;
    readonly model: string;
    readonly version: string;
    readonly bucket: string;
    readonly key: string;
    readonly deployment?:
      | { readonly variant: string; readonly scale_to_zero?: true | undefined }
      | undefined;
  },
  context: OperationContext,
  eventId: string,
): Promise<void> {
  const { bucket, key, deployment, ...about } = request;
  if (deployment) {
    const { endpoint, endpoint_id, ...version } = about;
    const { variant, scale_to_zero = false } = deployment;
    const own = { preparation: eventId, ...version, variant };
    const name = deploymentOf(endpoint_id, { variant, scale_to_zero });
    return startDeployment({ endpoint, endpoint_id, deployment: name }, own, context, eventId);
  }
  await startExecution(requiredEnv('STATE_MACHINE_PREPARE'), eventId, {
    ...about,
    location: { bucket, key },
    correlation_id: context.correlationId,
  });
}

/** Starts an execution that makes SageMaker serve what the endpoint needs, with `own` among it if any. */
export async function startDeployment(
  {
    endpoint,
    endpoint_id,
    deployment = deploymentName(endpoint_id),
  }: {
    readonly endpoint: string;
    readonly endpoint_id: string;
    readonly deployment?: string | undefined;
  },
  own: object | null,
  { correlationId: correlation_id }: OperationContext,
  eventId: string,
): Promise<void> {
  await startExecution(requiredEnv('STATE_MACHINE_DEPLOY'), eventId, {
    endpoint,
    endpoint_id,
    own,
    correlation_id,
    deployment,
  });
}
