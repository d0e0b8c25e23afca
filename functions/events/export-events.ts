import type * as z from 'zod/mini';
import type { HttpResult } from '../shared/http/api.ts';
import { bytesInAnswer } from '../shared/http/bytes-in-answer.ts';
import { listEvents, type listEventsQuery } from './list-events.ts';

/** A function answers at most 6 MB; the last event of an answer may be a large one. */
const MAX_BYTES = 4_000_000;

/**
 * The audit trail as JSON Lines, an event a line, in order. The header `slipway-next` is what to give
 * as `after` for what follows; it is missing at the end of the trail.
 */
export async function exportEvents(query: z.infer<typeof listEventsQuery>): Promise<HttpResult> {
  const { events, next } = await listEvents({ limit: 1000, ...query });
  const lines: string[] = [];
  let size = 0;
  let after = next;
  for (const event of events) {
    const line = `${JSON.stringify(event)}\n`;
    const bytes = bytesInAnswer(line);
    if (lines.length > 0 && size + bytes > MAX_BYTES) {
      after = event.seq - 1;
      break;
    }
    lines.push(line);
    size += bytes;
  }
  return {
    statusCode: 200,
    headers: {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="slipway-events.jsonl"',
      ...(after !== null && { 'slipway-next': String(after) }),
    },
    body: lines.join(''),
  };
}
