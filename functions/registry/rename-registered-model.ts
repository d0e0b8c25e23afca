import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite, type Write } from '../shared/dynamo/index.ts';
import { alreadyExists, invalid } from '../shared/errors.ts';
import { RegisteredModelRenamed } from './events.ts';
import {
  aliasKey,
  findModel,
  getModel,
  listAliases,
  modelKey,
  modelPut,
  registryTableName,
} from './model-store.ts';
import { checkModelName } from './registered-model.ts';
import { retryChanged } from './retry-changed.ts';
import { listVersions, versionDeletes, versionPuts } from './version-store.ts';

/** DynamoDB's limit of one transaction. */
const MAX_WRITES = 100;

/**
 * Renames a model with its versions and aliases, in one transaction: at most 24 versions that came
 * from runs. Policy, verdicts and promotions stay under the old name.
 */
export async function renameRegisteredModel(
  input: { readonly name: string; readonly new_name: string },
  context: OperationContext,
): Promise<void> {
  const { name, new_name: newName } = input;
  checkModelName(newName);
  return retryChanged(async () => {
    const model = await getModel(name);
    if (newName === name) return;
    const table = registryTableName();
    const now = context.clock();
    const writes: Write[] = [
      modelPut({ ...model, name: newName, last_updated_timestamp: now }),
      {
        table,
        delete: modelKey(name),
        condition: 'rev = :rev',
        values: { ':rev': model.rev },
      },
      outbox(table, RegisteredModelRenamed, { model: newName, previous_name: name }, context),
    ];
    for (const { alias, version } of await listAliases(name)) {
      writes.push(
        { table, put: { ...aliasKey(newName, alias), alias, version } },
        {
          table,
          delete: aliasKey(name, alias),
          condition: 'version = :version',
          values: { ':version': version },
        },
      );
    }
    for await (const version of listVersions(name)) {
      writes.push(...versionDeletes(version));
      writes.push(...versionPuts({ ...version, name: newName, last_updated_timestamp: now }));
    }
    if (writes.length > MAX_WRITES) {
      throw invalid(`Registered Model (name=${name}) has too many versions to be renamed.`);
    }
    try {
      await transactWrite(writes);
    } catch (error) {
      if (error instanceof ConditionFailed && error.index === 0) throw await taken(newName, error);
      throw error;
    }
  });
}

async function taken(name: string, error: ConditionFailed): Promise<Error> {
  return (await findModel(name))
    ? alreadyExists(`Registered Model (name=${name}) already exists.`)
    : error;
}
