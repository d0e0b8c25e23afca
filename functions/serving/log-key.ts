import { decodeTime } from 'ulid';
import { key } from '../shared/dynamo/item.ts';
import { newIdAt } from '../shared/ids.ts';
import type { Monitor } from './endpoints/endpoint-config.ts';

/** Partitions of one window of the inference log, so that no single one takes all the writes. */
export const LOG_SHARDS = 4;

/** Windows of an endpoint that is not monitored are days, for storage only. */
export const logGranularity = (monitor: Monitor | undefined): string =>
  monitor?.granularity ?? 'P1D';

/**
 * The series of windows a row belongs to. It holds the endpoint's id, so that a recreated endpoint
 * starts afresh, and the length of the windows, since series of two lengths cannot be compared.
 */
export const seriesOf = (endpointId: string, granularity: string): string =>
  `${endpointId}:${granularity}`;

export const logPartition = (series: string, window: string, shard: number): string =>
  key('LOG', series, window, shard);

/** Requests and labels of one caller's id share a shard: `identity` is the client's id, else ours. */
export const shardOf = (identity: string): number => hash32(identity, 'shard') % LOG_SHARDS;

export const requestSortKey = (requestId: string): string => key('R', requestId);
export const labelSortKey = (identity: string): string => key('L', identity);
export const clientRequestKey = (endpointId: string, clientRequestId: string): string =>
  key(endpointId, clientRequestId);

/** A request's id is a ULID of its event time: a label finds the window from the id alone. */
export const newRequestId = (eventTime: number): string => newIdAt(eventTime);

/** Event time in the id, or undefined when the text is no id of ours. */
export function timeOfRequest(requestId: string): number | undefined {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(requestId) ? decodeTime(requestId) : undefined;
}

/** FNV-1a with a final mix; `salt` keeps independent choices independent. */
export function hash32(text: string, salt: string): number {
  let hash = 0x811c9dc5;
  for (const part of [salt, '/', text]) {
    for (let i = 0; i < part.length; i++) {
      hash = Math.imul(hash ^ part.charCodeAt(i), 0x01000193);
    }
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
