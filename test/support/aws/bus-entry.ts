import type { AuditedEvent } from '../host.ts';

/** An event of the audit trail as it went over the bus: what repeats it. */
export const busEntryOf = (event: AuditedEvent) => ({
  EventBusName: 'slipway-dev',
  Source: event.source,
  DetailType: event.type,
  Detail: JSON.stringify({
    metadata: {
      id: event.id,
      version: 1,
      time: event.time,
      workspace: 'default',
      actor: event.actor,
      correlationId: event.correlation_id,
      ...(event.causation_id && { causationId: event.causation_id }),
    },
    data: event.data,
  }),
});
