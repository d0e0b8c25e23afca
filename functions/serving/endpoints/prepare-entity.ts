import { artifactLocation } from '../../artifacts/index.ts';
import { getModelVersion, locationOf } from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { DomainError } from '../../shared/errors.ts';
import { deployedOn, type Workload } from '../deployment/workload.ts';
import { bringUp } from '../preparation/bring-up.ts';
import { prepareVersion } from '../preparation/prepare-version-store.ts';
import type { Endpoint, LiveEntity } from './endpoint.ts';
import type { EnvironmentVars } from './environment-vars.ts';

/** How versions that are not live yet are prepared. */
export interface Preparing {
  /** Whether what has failed before is tried again. */
  readonly mayRetry: boolean;
  readonly context: OperationContext;
}

/** Where the files of a version are, and what it runs on and with. */
export type Whereabouts = Pick<LiveEntity, 'location' | 'runId' | 'deployed' | 'environmentVars'>;

interface Wanted {
  readonly model: string;
  readonly version: string;
  readonly workload: Workload | undefined;
  readonly environmentVars: EnvironmentVars | undefined;
}

/** Why a version cannot be served, or, when pending, what is still done for it. */
export interface Unprepared {
  readonly message: string;
  readonly pending?: true;
}

/** Makes a version able to answer on the endpoint, or says why it is not, or not yet. */
export async function prepareEntity(
  endpoint: Endpoint,
  { model, version, workload, environmentVars }: Wanted,
  { mayRetry, context }: Preparing,
): Promise<Whereabouts | Unprepared> {
  const registered = await getModelVersion(model, version);
  if (!registered) return { message: 'it does not exist' };
  let location: LiveEntity['location'];
  try {
    location = await artifactLocation(locationOf(registered));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { message: error.message };
  }
  const variables = environmentVars && { environmentVars };
  const wanted = { model, version, location, ...variables };
  const deployed = workload && deployedOn(endpoint.id, wanted, workload);
  const { problem, runtime } = await prepareVersion({ ...wanted, ...(deployed && { deployed }) });
  if (problem !== undefined) return { message: problem };
  if (deployed || runtime === 'python') {
    const deployment = deployed && workload && { variant: deployed.variant, ...workload };
    const asked = { ...wanted, ...(deployment && { deployment }) };
    const { state, message = '' } = await bringUp(endpoint, asked, mayRetry, context);
    if (state === 'FAILED') return { message };
    if (state === 'PREPARING') {
      const first = deployed ? 'instances' : 'environment';
      return { message: `is being prepared: its ${first}, then the model.`, pending: true };
    }
  }
  const runId = registered.run_id;
  return { location, ...(runId && { runId }), ...(deployed && { deployed }), ...variables };
}
