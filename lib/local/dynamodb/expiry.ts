import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { UnsupportedError } from '../shared/properties.ts';
import { type EngineClient, isRefusal } from './engine-client.ts';
import { quoted } from './engine-file.ts';

const ITEMS_PER_STEP = 100;

/** What expired longer ago is taken for an error and stays, as on AWS. */
const FIVE_YEARS_SECONDS = 5 * 365 * 24 * 3600;

interface ExpiringTable {
  readonly name: string;
  /** Names of the key attributes. */
  readonly key: readonly string[];
  /** Attribute with the expiry in epoch seconds. */
  readonly attribute: string;
}

/**
 * Deletes expired items of a table; the engine has no sweep of its own. An index on the expiry makes
 * it cost what it deletes. Each deletion goes through the engine, so that indexes and the stream
 * follow, on condition that the item was not renewed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export class ExpirySweep {
  private readonly client: EngineClient;
  private readonly table: ExpiringTable;
  private readonly select: StatementSync;

  constructor(client: EngineClient, database: DatabaseSync, table: ExpiringTable) {
    if (/['"]/.test(table.attribute)) {
      throw new UnsupportedError(`${table.name}: TTL attribute ${table.attribute}`);
    }
    this.client = client;
    this.table = table;
    const number = `json_extract(item_json, '$."${table.attribute}".N')`;
    const index = quoted(`slipway_expiry_${table.name}_${table.attribute}`);
    const rows = quoted(table.name);
    database.exec(
      `CREATE INDEX IF NOT EXISTS ${index} ON ${rows} (CAST(${number} AS INTEGER))
       WHERE ${number} IS NOT NULL`,
    );
    this.select = database.prepare(
      `SELECT item_json FROM ${rows}
       WHERE ${number} IS NOT NULL AND CAST(${number} AS INTEGER) BETWEEN ? AND ?
       ORDER BY CAST(${number} AS INTEGER) LIMIT ${ITEMS_PER_STEP}`,
    );
  }

  /** Deletes what has expired by `nowSeconds` until nothing is left or the signal aborts. */
  async run(nowSeconds: number, signal: AbortSignal): Promise<void> {
    let rows: unknown[];
    do {
      rows = this.select.all(nowSeconds - FIVE_YEARS_SECONDS, nowSeconds - 1);
      const items = (rows as { item_json: string }[]).map(
        ({ item_json }) => JSON.parse(item_json) as Record<string, AttributeValue>,
      );
      await Promise.all(items.map((item) => this.delete(item)));
    } while (rows.length === ITEMS_PER_STEP && !signal.aborted);
  }

  private async delete(item: Readonly<Record<string, AttributeValue>>): Promise<void> {
    const { name, key, attribute } = this.table;
    const pick = (attributeName: string) => [attributeName, item[attributeName]] as const;
    try {
      await this.client.send('DeleteItem', {
        TableName: name,
        Key: Object.fromEntries(key.map(pick)) as Record<string, AttributeValue>,
        ConditionExpression: '#expires = :expires',
        ExpressionAttributeNames: { '#expires': attribute },
        ExpressionAttributeValues: { ':expires': item[attribute] as AttributeValue },
      });
    } catch (error) {
      if (!isRefusal(error, 'ConditionalCheckFailedException')) throw error;
    }
  }
}
