import type { Clock } from '../shared/clock.ts';
import { toAuditEvent } from './audit-event.ts';
import type { OutboxRow } from './outbox.ts';

interface RelayPorts {
  readonly append: (events: ReturnType<typeof toAuditEvent>[], now: number) => Promise<void>;
  readonly publish: (rows: readonly OutboxRow[]) => Promise<number>;
  readonly clock: Clock;
}

/**
 * Takes outbox rows to the audit log (each once) and then to the bus (each at least once), in
 * order. Returns how many rows, counted from the first, are done: the stream sends the rest again.
 * An event is in the log before anybody can react to it.
 */
export async function relayEvents(rows: readonly OutboxRow[], ports: RelayPorts): Promise<number> {
  await ports.append(rows.map(toAuditEvent), ports.clock());
  return ports.publish(rows);
}
