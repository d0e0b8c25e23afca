import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamo, key, toItem } from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';

/** A counter is of no use after its minute; a little longer, for clocks that disagree. */
const KEPT_SECONDS = 300;

/** Adds a request to the counter of a minute (epoch minutes) and answers with the new count. */
export async function addToCounter(
  endpointId: string,
  counted: string,
  minute: number,
): Promise<number> {
  const { Attributes } = await dynamo().send(
    new UpdateItemCommand({
      TableName: requiredEnv('PLATFORM_TABLE'),
      Key: toItem({ pk: key('RATE', endpointId, counted), sk: String(minute) }),
      UpdateExpression: 'ADD calls :one SET expiresAt = :expires',
      ExpressionAttributeValues: toItem({
        ':one': 1,
        ':expires': minute * 60 + 60 + KEPT_SECONDS,
      }),
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.calls?.N);
}
