import type { EventDefinition } from '../../events/define.ts';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import {
  ConditionFailed,
  getItem,
  key,
  queryAll,
  transactWrite,
} from '../../shared/dynamo/index.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import { type Preparation, variantOf } from './preparation.ts';

/** A version is brought up for each kind of instances and each set of variables that it runs with. */
const preparationKey = (endpointId: string, model: string, version: string, variant?: string) => ({
  pk: key('SCORER', endpointId),
  sk: variant === undefined ? key(model, version) : key(model, version, variant),
});

export function getPreparation(
  endpointId: string,
  model: string,
  version: string,
  variant?: string,
): Promise<Preparation | undefined> {
  const row = preparationKey(endpointId, model, version, variant);
  return getItem<Preparation>(platformTableName(), row);
}

/** All that was ever brought up, or tried to, for an endpoint. */
export async function listPreparations(endpointId: string): Promise<Preparation[]> {
  const rows = queryAll<Preparation>({
    table: platformTableName(),
    condition: 'pk = :pk',
    values: { ':pk': key('SCORER', endpointId) },
  });
  const found: Preparation[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/**
 * The preparation of a version with this id; undefined when another took its place. It reads the rows of that
 * version only, one for each kind of instances and set of variables: an endpoint has had many versions.
 */
export async function findPreparation(
  endpointId: string,
  { model, version, preparation }: Pick<Preparation, 'model' | 'version' | 'preparation'>,
): Promise<Preparation | undefined> {
  const { pk, sk } = preparationKey(endpointId, model, version);
  const rows = queryAll<Preparation>({
    table: platformTableName(),
    condition: 'pk = :pk AND sk BETWEEN :first AND :last',
    values: { ':pk': pk, ':first': sk, ':last': `${sk}#\uffff` },
  });
  for await (const row of rows) if (row.preparation === preparation) return row;
  return undefined;
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
          ...preparationKey(endpointId, row.model, row.version, variantOf(row)),
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
