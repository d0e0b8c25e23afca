import type { DatabaseSync } from 'node:sqlite';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

/** Rows looked at per step: the sweep is spread out so that it never holds up a request. */
const ROWS_PER_STEP = 2000;

/**
 * Deletes expired items of one table, a stretch of rows at a time; the engine has no sweep of its
 * own. Deletion is conditional on the expiry that was read, as the item may have been renewed.
 */
export class ExpirySweep {
  private readonly client: DynamoDBClient;
  private readonly database: DatabaseSync;
  private readonly table: string;
  private readonly attribute: string;
  private after = 0;

  constructor(client: DynamoDBClient, database: DatabaseSync, table: string, attribute: string) {
    this.client = client;
    this.database = database;
    this.table = table;
    this.attribute = attribute;
  }

  /** Looks at the next rows; starts over behind the last. */
  async step(nowMs: number): Promise<void> {
    const rows = this.database
      .prepare(
        `SELECT rowid AS id, pk, sk, json_extract(item_json, ?1) AS expires FROM "${this.table}"
         WHERE rowid > ?2 ORDER BY rowid LIMIT ${ROWS_PER_STEP}`,
      )
      .all(`$.${this.attribute}.N`, this.after);
    this.after = rows.length < ROWS_PER_STEP ? 0 : Number(rows.at(-1)?.id);
    for (const { pk, sk, expires } of rows) {
      if (expires === null || Number(expires) * 1000 > nowMs) continue;
      await this.delete(String(pk), String(sk), String(expires));
    }
  }

  private async delete(pk: string, sk: string, expires: string): Promise<void> {
    try {
      await this.client.send(
        new DeleteItemCommand({
          TableName: this.table,
          Key: { pk: { S: pk }, sk: { S: sk } },
          ConditionExpression: '#expires = :expires',
          ExpressionAttributeNames: { '#expires': this.attribute },
          ExpressionAttributeValues: { ':expires': { N: expires } },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
