import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { unchangedDescription } from '../description.ts';
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
    await transactWrite([
      {
        table,
        key: modelKey(name),
        update,
        condition: `${SETTLED} AND ${same.condition}`,
        ...(owner !== undefined && { names: { '#owner': 'owner' } }),
        values: {
          ...same.values,
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
        },
        context,
      ),
    ]);
  });
}
