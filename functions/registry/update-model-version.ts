import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite } from '../shared/dynamo/index.ts';
import { ModelVersionUpdated } from './events.ts';
import { registryTableName } from './model-store.ts';
import { versionNumber } from './model-version.ts';
import { getVersion, recencyOf, versionKey } from './version-store.ts';

/** Replaces a version's description. */
export async function updateModelVersion(
  input: { readonly name: string; readonly version: string; readonly description?: string },
  context: OperationContext,
): Promise<void> {
  const table = registryTableName();
  const { name, description = '' } = input;
  const version = versionNumber(input.version);
  const now = context.clock();
  try {
    await transactWrite([
      {
        table,
        key: versionKey(name, version),
        update:
          'SET description = :description, last_updated_timestamp = :now, recency = :recency ADD changes :one',
        condition: 'attribute_exists(pk)',
        values: {
          ':description': description,
          ':now': now,
          ':one': 1,
          ':recency': recencyOf({ name, version, last_updated_timestamp: now }),
        },
      },
      outbox(
        table,
        ModelVersionUpdated,
        { model: name, version: String(version), description: description || null },
        context,
      ),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) await getVersion(name, version);
    throw error;
  }
}
