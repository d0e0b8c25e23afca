import { key, updateItem } from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';

/** A counter is of no use after its minute; a little longer, for clocks that disagree. */
const KEPT_SECONDS = 300;

/** Adds a request to the counter of a minute (epoch minutes) and answers with the new count. */
export async function addToCounter(
  endpointId: string,
  counted: string,
  minute: number,
): Promise<number> {
  const { calls } = await updateItem<{ calls: number }>(
    {
      table: requiredEnv('PLATFORM_TABLE'),
      key: { pk: key('RATE', endpointId, counted), sk: String(minute) },
      update: 'ADD calls :one SET expiresAt = :expires',
      values: { ':one': 1, ':expires': minute * 60 + 60 + KEPT_SECONDS },
    },
    'UPDATED_NEW',
  );
  return calls;
}
