import type { DynamoDBRecord } from 'aws-lambda';
import type { WindowKind } from '../events.ts';

/** A row of the inference log, or a label, that was written. */
export interface Sighting {
  readonly series: string;
  readonly endpoint: string;
  readonly window: string;
  readonly kind: WindowKind;
  /** Event time of the request or the label, epoch milliseconds. */
  readonly time: number;
}

/**
 * What the records of the table's stream tell of requests and labels. Requests without an event
 * time are left out: they must not move a watermark.
 */
export function toSightings(records: readonly DynamoDBRecord[]): Sighting[] {
  return records.flatMap((record): Sighting[] => {
    const row = record.dynamodb?.NewImage ?? {};
    const type = row.type?.S;
    // Rows of requests change when a rollout counts them: that is no request that came late.
    if (type === 'log' && record.eventName !== 'INSERT') return [];
    const time = type === 'log' ? row.eventTime?.N : type === 'label' ? row.time?.N : undefined;
    const [series, endpoint, window] = [row.series?.S, row.endpoint?.S, row.window?.S];
    if (time === undefined || !series || !endpoint || !window) return [];
    const kind = type === 'log' ? 'inputs' : 'labels';
    return [{ series, endpoint, window, kind, time: Number(time) }];
  });
}
