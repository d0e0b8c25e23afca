import * as z from 'zod/mini';
import type { AuditEvent } from './audit-event.ts';
import { blockOf, lastSeq, readBlock, readSubject } from './audit-log-store.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Rows looked at in one request when a filter matches few of them. */
const MAX_LOOKED_AT = 5000;

const natural = (name: string) =>
  z.pipe(
    z.string().check(z.regex(/^\d{1,12}$/, `${name} must be a whole number`)),
    z.transform(Number),
  );

export const listEventsQuery = z.strictObject({
  type: z.optional(z.string().check(z.minLength(1))),
  subject: z.optional(z.string().check(z.minLength(1))),
  after: z.optional(natural('after')),
  limit: z.optional(
    natural('limit').check(
      z.refine((n) => n >= 1 && n <= MAX_LIMIT, `limit must be between 1 and ${MAX_LIMIT}`),
    ),
  ),
});

interface EventList {
  readonly events: AuditEvent[];
  /** What to give as `after` for the next page; null when the end was reached. */
  readonly next: number | null;
  /** Position of the newest event of the trail, whatever the filter; 0 when there is none. */
  readonly last: number;
}

/** The audit trail in order. A page may be short, even empty, while `next` is not null. */
export async function listEvents(query: z.infer<typeof listEventsQuery>): Promise<EventList> {
  const { type, subject, after = 0, limit = DEFAULT_LIMIT } = query;
  const head = await lastSeq();
  const events: AuditEvent[] = [];
  let seen = after;
  for (let budget = MAX_LOOKED_AT; seen < head && events.length < limit && budget > 0; ) {
    const wanted = { type, limit: type ? Math.min(1000, budget) : limit - events.length };
    const page = subject
      ? await readSubject(subject, seen, wanted)
      : await readBlock(blockOf(seen + 1), seen, wanted);
    budget -= wanted.limit;
    const room = limit - events.length;
    events.push(...page.events.slice(0, room));
    seen = page.events.length > room ? (events.at(-1)?.seq ?? seen) : page.seen;
  }
  return { events, next: seen < head ? seen : null, last: head };
}
