import type { EventEnvelope } from './define.ts';
import type { OutboxRow } from './outbox.ts';

/** An event as the audit trail shows it. */
export interface AuditEvent {
  /** Position in the log: 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly text: string;
  /** ISO 8601, UTC: when the fact was written, not when it was logged. */
  readonly time: string;
  readonly actor: string;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly data: unknown;
}

/** What an outbox row will be in the log, but for its position. */
export function toAuditEvent(row: OutboxRow): Omit<AuditEvent, 'seq'> {
  const { metadata, data } = JSON.parse(row.detail) as EventEnvelope;
  return {
    id: metadata.id,
    type: row.detailType,
    source: row.source,
    subject: row.subject,
    text: row.text,
    time: metadata.time,
    actor: metadata.actor,
    correlation_id: metadata.correlationId,
    causation_id: metadata.causationId ?? null,
    data,
  };
}
