import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { chunksOf } from '../shared/chunks.ts';
import { requiredEnv } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import type { OutboxRow } from './outbox.ts';

/** Entries of one PutEvents call (EventBridge quota). */
const ENTRIES_PER_CALL = 10;

let client: EventBridgeClient | undefined;

/**
 * Publishes rows in order and says how many, counted from the first, the bus has taken. It stops at
 * the first refused entry; entries after it in the same call may be published again later.
 */
export async function publish(rows: readonly OutboxRow[]): Promise<number> {
  client ??= new EventBridgeClient({});
  let published = 0;
  for (const part of chunksOf(rows, ENTRIES_PER_CALL)) {
    const output = await client.send(
      new PutEventsCommand({
        Entries: part.map((row) => ({
          EventBusName: requiredEnv('EVENT_BUS'),
          Source: row.source,
          DetailType: row.detailType,
          Detail: row.detail,
        })),
      }),
    );
    if (output.FailedEntryCount) {
      const failed = (output.Entries ?? []).findIndex((entry) => entry.ErrorCode !== undefined);
      const at = Math.max(failed, 0);
      log.warn('the bus refused an event', {
        type: part[at]?.detailType,
        code: output.Entries?.[at]?.ErrorCode,
      });
      return published + at;
    }
    published += part.length;
  }
  return published;
}
