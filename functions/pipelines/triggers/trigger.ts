import * as z from 'zod/mini';
import { compilePattern } from '../../shared/event-pattern/pattern.ts';

/** EventBridge's own limit of a pattern, in characters. */
const MAX_PATTERN = 2048;
const MAX_TRIGGERS = 10;
/** Of all triggers: each is a row that is written with the definition, in one transaction. */
const MAX_DETAIL_TYPES = 40;

/** What a pattern is filed under that names no detail types. */
export const ANY_DETAIL_TYPE = '*';

type Pattern = Readonly<Record<string, unknown>>;

const pattern = z.record(z.string(), z.unknown()).check(
  z.superRefine((value, context) => {
    const report = (message: string) => context.addIssue({ code: 'custom', message });
    try {
      compilePattern(value);
    } catch (error) {
      return report(error instanceof Error ? error.message : String(error));
    }
    if (value.source === undefined && value['detail-type'] === undefined) {
      report('must name a source or a detail-type: a pattern without them would match every event');
    }
    if (JSON.stringify(value).length > MAX_PATTERN)
      report(`has more than ${MAX_PATTERN} characters`);
  }),
);

/** Event patterns in EventBridge's language; an event that one of them matches starts an execution. */
export const triggersSchema = z.array(pattern).check(
  z.maxLength(MAX_TRIGGERS),
  z.refine(
    (triggers) => new Set(triggers.flatMap(detailTypesOf)).size <= MAX_DETAIL_TYPES,
    `must not name more than ${MAX_DETAIL_TYPES} detail types in all`,
  ),
);

type Triggers = readonly Pattern[];

/** The detail types of the events that a pattern can match; `*` when it does not name them. */
export function detailTypesOf(trigger: Pattern): string[] {
  const types = trigger['detail-type'];
  const isPlain = Array.isArray(types) && types.every((type) => typeof type === 'string');
  return isPlain ? [...new Set(types)] : [ANY_DETAIL_TYPE];
}

/** The index of a first trigger that the event matches. */
export function matchingTrigger(triggers: Triggers, event: unknown): number | undefined {
  const at = triggers.findIndex((trigger) => compilePattern(trigger)(event));
  return at < 0 ? undefined : at;
}

/** An event of a bus, as a queue behind a rule gets it. */
export interface TriggeringEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  /** ISO 8601. */
  readonly time: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * What makes an event the same event however often it is published: the id of the fact, the
 * sequencer of the object's change, else the bus's own id.
 */
export function identityOf({ id, source, detail }: TriggeringEvent): string {
  const { metadata, bucket, object } = detail as {
    metadata?: { id?: unknown };
    bucket?: { name?: unknown };
    object?: { key?: unknown; sequencer?: unknown };
  };
  if (source.startsWith('slipway.') && typeof metadata?.id === 'string') return metadata.id;
  if (source === 'aws.s3' && typeof object?.sequencer === 'string') {
    return `${bucket?.name}/${object.key}#${object.sequencer}`;
  }
  return id;
}
