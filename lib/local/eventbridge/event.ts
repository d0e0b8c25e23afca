import { randomUUID } from 'node:crypto';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../shared/arn.ts';

/** An event as targets get it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601 to the second, UTC. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface NewEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly resources?: readonly string[];
  readonly time?: Date;
}

export const newEvent = ({ source, detailType, detail, resources, time }: NewEvent): BusEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': detailType,
  source,
  account: LOCAL_ACCOUNT,
  time: toSeconds(time ?? new Date()),
  region: LOCAL_REGION,
  resources: resources ?? [],
  detail,
});

/** `2026-01-31T12:00:00Z` */
export const toSeconds = (time: Date) => `${time.toISOString().slice(0, 19)}Z`;
