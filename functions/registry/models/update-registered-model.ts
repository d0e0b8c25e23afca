import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { unchanged, unchangedDescription } from '../description.ts';
import { RegisteredModelUpdated } from '../events.ts';
import { getModel, modelKey, registryTableName, SETTLED } from './model-store.ts';

interface UpdateRegisteredModelInput {
  readonly name: string;
  readonly description?: string;
  readonly deployment_job_id?: string;
  readonly owner?: string;
}

/** Replaces the description and, when given, the deployment job. */
export async function updateRegisteredModel(
  input: UpdateRegisteredModelInput,
  context: OperationContext,
): Promise<void> {
  const table = registryTableName();
  const { name, description = '', deployment_job_id: job, owner } = input;
  const update =
    'SET description = :description, last_updated_timestamp = :now' +
    (job === undefined ? '' : ', deployment_job_id = :job') +
    (owner === undefined ? '' : ', #owner = :owner');
  await retryChanged(async () => {
    const former = await getModel(name);
    const same = unchangedDescription(former);
    const sameJob = unchanged('deployment_job_id', former.deployment_job_id, job);
    const sameOwner = unchanged('owner', former.owner, owner);
    await transactWrite([
      {
        table,
        key: modelKey(name),
        update,
        condition: `${SETTLED} AND ${same.condition}${sameJob.condition}${sameOwner.condition}`,
        ...(owner !== undefined && { names: { '#owner': 'owner' } }),
        values: {
          ...same.values,
          ...sameJob.values,
          ...sameOwner.values,
          ':description': description,
          ':now': context.clock(),
          ...(job !== undefined && { ':job': job }),
          ...(owner !== undefined && { ':owner': owner }),
        },
      },
      outbox(
        table,
        RegisteredModelUpdated,
        {
          model: name,
          description: description || null,
          previous_description: former.description || null,
          ...(owner !== undefined && { owner, previous_owner: former.owner ?? former.user_id }),
          ...(job !== undefined && {
            deployment_job_id: job || null,
            previous_deployment_job_id: former.deployment_job_id || null,
          }),
        },
        context,
      ),
    ]);
  });
}
