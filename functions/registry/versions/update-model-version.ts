import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { unchangedDescription } from '../description.ts';
import { ModelVersionUpdated } from '../events.ts';
import { registryTableName } from '../models/model-store.ts';
import { changeVersion, versionChangeWrites } from './change-version.ts';
import { versionNumber } from './model-version.ts';

/** Replaces a version's description; one that is not given is none. */
export async function updateModelVersion(
  input: { readonly name: string; readonly version: string; readonly description?: string },
  context: OperationContext,
): Promise<void> {
  const { name, description = null } = input;
  const now = context.clock();
  await changeVersion(name, versionNumber(input.version), (version) => {
    const { condition, values: conditionValues } = unchangedDescription(version);
    const data = {
      model: name,
      version: String(version.version),
      description: description || null,
      previous_description: version.description || null,
    };
    return [
      ...versionChangeWrites(version, {
        set: 'description = :description',
        values: { ':description': description },
        updated: { at: now, by: context.actor.user },
        condition,
        conditionValues,
      }),
      outbox(registryTableName(), ModelVersionUpdated, data, context),
    ];
  });
}
