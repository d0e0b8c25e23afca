import { startExecution } from '../events/execution-store.ts';
import type { OperationContext } from '../shared/context.ts';
import { requiredEnv } from '../shared/env.ts';
import { newId } from '../shared/ids.ts';
import type { Endpoint, LiveEntity } from './endpoint.ts';
import { ScorerRequested } from './events.ts';
import { isDue, type Preparation } from './preparation.ts';
import { getPreparation, putPreparation } from './preparation-store.ts';

/**
 * Asks for a version to be brought up, unless it is on its way, ready, or has failed and nobody
 * asks again (`mayRetry`). Answers how far it is.
 */
export async function preparePython(
  endpoint: Pick<Endpoint, 'name' | 'id'>,
  { model, version, location }: Pick<LiveEntity, 'model' | 'version' | 'location'>,
  mayRetry: boolean,
  context: OperationContext,
): Promise<Pick<Preparation, 'state' | 'message'>> {
  const found = await getPreparation(endpoint.id, model, version);
  const now = context.clock();
  if (found && !isDue(found, now, mayRetry)) return found;
  const id = newId();
  const about = { endpoint: endpoint.name, model, version };
  const row: Preparation = { ...about, preparation: id, state: 'PREPARING', since: now };
  const data = { ...about, endpoint_id: endpoint.id, ...location };
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
  },
  context: OperationContext,
  eventId: string,
): Promise<void> {
  const { bucket, key, ...about } = request;
  await startExecution(requiredEnv('STATE_MACHINE_PREPARE'), eventId, {
    ...about,
    location: { bucket, key },
    correlation_id: context.correlationId,
  });
}
