import { randomUUID } from 'node:crypto';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../shared/arn.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Rule } from './rule.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10;
const MAX_BYTES = 1024 * 1024;

export interface PutEventsEntry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
  readonly Time?: number;
}

type EntryResult = { EventId: string } | { ErrorCode: string; ErrorMessage: string };

/** Accepts events: each is matched, and its deliveries are on disk, before the answer. */
export function putEvents(
  entries: readonly PutEventsEntry[],
  rulesOf: (bus: string) => readonly Rule[] | undefined,
  dispatcher: Dispatcher,
) {
  const results = entries.map((entry): EntryResult => {
    const refusal = refuse(entry);
    if (refusal) return refusal;
    const bus = (entry.EventBusName ?? 'default').split('/').at(-1) ?? '';
    const rules = rulesOf(bus);
    // AWS too accepts an event for a bus that nobody listens to; an unknown one it refuses.
    if (!rules) return error('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
    const event = toEvent(entry);
    dispatcher.accept(
      rules
        .filter((rule) => rule.matches(event))
        .flatMap((rule) =>
          rule.targets.map((target) => ({
            targetArn: target.arn,
            payload: target.transform(event),
            name: `${event.id}_${rule.name}_${target.id}`.slice(0, 80),
            deadLetterArn: target.deadLetterArn ?? '',
          })),
        ),
    );
    return { EventId: event.id };
  });
  const failed = results.filter((result) => 'ErrorCode' in result).length;
  return { FailedEntryCount: failed, Entries: results };
}

export const tooManyEntries = (entries: readonly unknown[]) =>
  entries.length === 0 || entries.length > MAX_ENTRIES;

function refuse(entry: PutEventsEntry): EntryResult | undefined {
  if (!entry.Source) return error('InvalidArgument', 'Parameter Source is not valid.');
  if (!entry.DetailType) return error('InvalidArgument', 'Parameter DetailType is not valid.');
  if (!entry.Detail) return error('InvalidArgument', 'Parameter Detail is not valid.');
  if (Buffer.byteLength(entry.Detail) > MAX_BYTES)
    return error('InvalidArgument', 'Detail is too large.');
  try {
    const detail: unknown = JSON.parse(entry.Detail);
    if (detail !== null && typeof detail === 'object' && !Array.isArray(detail)) return undefined;
  } catch {
    // Answered below.
  }
  return error('MalformedDetail', 'Detail is malformed.');
}

const error = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });

function toEvent(entry: PutEventsEntry) {
  const time = entry.Time === undefined ? new Date() : new Date(entry.Time * 1000);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': entry.DetailType ?? '',
    source: entry.Source ?? '',
    account: LOCAL_ACCOUNT,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region: LOCAL_REGION,
    resources: entry.Resources ?? [],
    detail: JSON.parse(entry.Detail ?? '{}') as Record<string, unknown>,
  };
}

export type BusEvent = ReturnType<typeof toEvent>;
