import type * as z from 'zod/mini';

/** `slipway.<domain>`: the source of every event of a domain. */
type EventSource = `slipway.${string}`;

/** A fact of the catalogue: past-tense PascalCase type, schema of `data`, version of that schema. */
export interface EventDefinition<T = unknown> {
  readonly source: EventSource;
  readonly type: string;
  readonly version: number;
  readonly schema: z.core.$ZodType<T>;
  /** What the event is about, for example `model:flight-delay`: the audit trail filters by it. */
  readonly subject: (data: T) => string;
  /** The fact as a sentence, for the audit trail. */
  readonly text: (data: T) => string;
  /** An example that the catalogue's page shows and the tests check against the schema. */
  readonly sample: T;
}

export function defineEvent<T>(definition: EventDefinition<T>): EventDefinition<T> {
  return definition;
}

/** The `detail` of an event on the bus. */
export interface EventEnvelope<T = unknown> {
  readonly metadata: {
    /** ULID, made with the fact: the idempotency key of every consumer. */
    readonly id: string;
    readonly version: number;
    /** ISO 8601, UTC. */
    readonly time: string;
    readonly workspace: string;
    readonly actor: string;
    readonly correlationId: string;
    /** Id of the event that caused this one. */
    readonly causationId?: string;
  };
  readonly data: T;
}
