import * as z from 'zod';
import { parseInput } from '../shared/parse-input.ts';
import type { NewEvent } from './event.ts';

/** Bytes of all entries of one call (source, type, detail and resources). */
const MAX_BYTES = 262_144;

const entry = z.strictObject({
  Source: z.string().default(''),
  DetailType: z.string().default(''),
  Detail: z.string().default(''),
  EventBusName: z.string().default('default'),
  Resources: z.array(z.string()).default([]),
  /** Epoch seconds. */
  Time: z.number().optional(),
  /** Of X-Ray: no part of the event. */
  TraceHeader: z.string().optional(),
});

type Entry = z.infer<typeof entry>;

const input = z.strictObject({
  Entries: z
    .array(entry)
    .min(1, 'needs at least one entry')
    .max(10, 'takes ten entries at most')
    .refine(
      (entries) => entries.reduce((sum, one) => sum + sizeOf(one), 0) < MAX_BYTES,
      `Total size of the entries in the request is over the limit of ${MAX_BYTES} bytes.`,
    ),
});

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function sizeOf({ Source, DetailType, Detail, Resources, Time }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, one) => sum + Buffer.byteLength(one), Time === undefined ? 0 : 14);
}

type EntryResult =
  | { readonly EventId: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** Accepts events for buses, durably and together; the id of each, or undefined when there is no such bus. */
export type Accept = (
  entries: readonly { readonly bus: string; readonly event: NewEvent }[],
) => Promise<(string | undefined)[]>;

/** The `PutEvents` call: a refused entry is reported beside the accepted ones. */
export async function putEvents(request: unknown, accept: Accept) {
  const { Entries } = parseInput(input, request, 'ValidationException');
  const checked = Entries.map((one) => {
    const event = toEvent(one);
    const bus = one.EventBusName.split('/').at(-1) ?? '';
    return 'ErrorCode' in event ? { refused: event } : { bus, event };
  });
  const ids = await accept(checked.filter((one) => one.event !== undefined));
  const results = checked.map(({ refused, bus }): EntryResult => {
    if (refused) return refused;
    const EventId = ids.shift();
    if (EventId !== undefined) return { EventId };
    return refusal('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
  });
  const failed = results.filter((result) => 'ErrorCode' in result).length;
  return { FailedEntryCount: failed, Entries: results };
}

const refusal = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });

function toEvent(one: Entry): NewEvent | ReturnType<typeof refusal> {
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    if (one[name] === '') {
      return refusal('InvalidArgument', `Parameter ${name} is not valid. Reason: it is missing.`);
    }
  }
  if (one.Source.startsWith('aws.')) {
    return refusal('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  const detail = parseObject(one.Detail);
  if (!detail) return refusal('MalformedDetail', 'Detail is malformed.');
  return {
    source: one.Source,
    detailType: one.DetailType,
    detail,
    resources: one.Resources,
    ...(one.Time !== undefined && { time: new Date(one.Time * 1000) }),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
