import * as z from 'zod/mini';
import type { OperationContext } from '../shared/context.ts';
import type { Write } from '../shared/dynamo/index.ts';
import { newId } from '../shared/ids.ts';
import type { EventDefinition, EventEnvelope } from './define.ts';

/** Seconds after which a relayed outbox row may vanish; the stream keeps its own copy for 24 h. */
const RETENTION_SECONDS = 7 * 24 * 3600;

const OUTBOX_TYPE = 'outbox';

/** The row that announces a fact, written in the same transaction as the fact. */
export interface OutboxRow {
  readonly pk: string;
  readonly sk: 'OUTBOX';
  readonly type: typeof OUTBOX_TYPE;
  readonly source: string;
  readonly detailType: string;
  readonly subject: string;
  readonly text: string;
  /** The envelope as JSON text. */
  readonly detail: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/**
 * The outbox write of an event, to be put in the transaction that makes it true.
 * `id` may be given when the caller needs it (an execution named after its event).
 */
export function outbox<T>(
  table: string,
  definition: EventDefinition<T>,
  data: T,
  context: OperationContext,
  id: string = newId(),
): Write {
  const now = context.clock();
  const envelope: EventEnvelope<T> = {
    metadata: {
      id,
      version: definition.version,
      time: new Date(now).toISOString(),
      workspace: 'default',
      actor: context.actor.user,
      correlationId: context.correlationId,
      ...(context.causationId && { causationId: context.causationId }),
    },
    data: z.parse(definition.schema, data),
  };
  const row: OutboxRow = {
    pk: `OUTBOX#${id}`,
    sk: 'OUTBOX',
    type: OUTBOX_TYPE,
    source: definition.source,
    detailType: definition.type,
    subject: definition.subject(data),
    text: definition.text(data),
    detail: JSON.stringify(envelope),
    expiresAt: Math.floor(now / 1000) + RETENTION_SECONDS,
  };
  return { put: row, table };
}
