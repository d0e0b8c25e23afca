import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { BatchInferenceSucceeded } from '../serving/events.ts';
import { systemClock } from '../shared/clock.ts';
import { WindowAmended, WindowClosed } from './events.ts';
import { followWindow } from './log-table/follow-windows.ts';
import { writeOpenSpans } from './log-table/open-spans.ts';
import { renewSpans } from './log-table/renew-spans.ts';
import { tableBatch } from './log-table/table-batch.ts';

const events = consumeEvents([
  on(WindowClosed, followWindow),
  on(WindowAmended, followWindow),
  on(BatchInferenceSucceeded, tableBatch),
]);

/** Writes days again that late rows have marked, and days that are not over. A day that fails holds up no other. */
async function lookRound(): Promise<void> {
  const looks = await Promise.allSettled(
    [renewSpans, writeOpenSpans].map((look) => look({ clock: systemClock })),
  );
  for (const look of looks) if (look.status === 'rejected') throw look.reason;
}

/** Hears of windows from its queue, and looks round by a schedule. */
export const handler = (event: SQSEvent | object, context: Context) =>
  'Records' in event ? events(event, context) : lookRound();
