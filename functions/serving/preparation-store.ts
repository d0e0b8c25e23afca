import type { EventDefinition } from '../events/define.ts';
import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, getItem, key, transactWrite } from '../shared/dynamo/index.ts';
import { platformTableName } from './endpoint-store.ts';
import type { Preparation } from './preparation.ts';

const preparationKey = (endpointId: string, model: string, version: string) => ({
  pk: key('SCORER', endpointId),
  sk: key(model, version),
});

export function getPreparation(
  endpointId: string,
  model: string,
  version: string,
): Promise<Preparation | undefined> {
  return getItem<Preparation>(platformTableName(), preparationKey(endpointId, model, version));
}

/**
 * Writes the row and announces it, if the row is still the one that was read (`before`: its
 * `preparation` and state). Answers whether it was.
 */
export async function putPreparation<T>(
  endpointId: string,
  row: Preparation,
  before: Preparation | undefined,
  event: { definition: EventDefinition<T>; data: T; id?: string },
  context: OperationContext,
): Promise<boolean> {
  const table = platformTableName();
  try {
    await transactWrite([
      {
        put: {
          ...preparationKey(endpointId, row.model, row.version),
          type: 'scorer',
          ...row,
        },
        table,
        ...(before
          ? {
              condition: 'preparation = :preparation AND #state = :state',
              names: { '#state': 'state' },
              values: { ':preparation': before.preparation, ':state': before.state },
            }
          : { condition: 'attribute_not_exists(pk)' }),
      },
      outbox(table, event.definition, event.data, context, event.id),
    ]);
    return true;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return false;
  }
}
