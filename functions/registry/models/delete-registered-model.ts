import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { RegisteredModelDeleted } from '../events.ts';
import { deleteModelVersion, refuseServed } from '../versions/delete-model-version.ts';
import { listVersions } from '../versions/version-store.ts';
import { getModel, idDeletes, modelKey, registryTableName } from './model-store.ts';

/**
 * Deletes a model: first its versions, one transaction each, then the model itself. A request that is interrupted
 * leaves a model with fewer versions; the same request finishes the work. If an endpoint serves a version, the
 * request is refused before anything is deleted.
 */
export async function deleteRegisteredModel(
  input: { readonly name: string },
  context: OperationContext,
): Promise<void> {
  const { name } = input;
  return retryChanged(async () => {
    await getModel(name);
    for await (const { version } of listVersions(name)) await refuseServed(name, version);
    for await (const { version } of listVersions(name)) {
      await deleteModelVersion({ name, version: String(version) }, context);
    }
    const table = registryTableName();
    const model = await getModel(name);
    await transactWrite([
      { table, delete: modelKey(name), condition: 'rev = :rev', values: { ':rev': model.rev } },
      ...idDeletes(model),
      outbox(table, RegisteredModelDeleted, { model: name }, context),
    ]);
  });
}
