import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { systemClock } from '../shared/clock.ts';
import { WindowAmended, WindowClosed } from './events.ts';
import { followWindow } from './log-table/follow-windows.ts';
import { renewSpans } from './log-table/renew-spans.ts';

const events = consumeEvents([on(WindowClosed, followWindow), on(WindowAmended, followWindow)]);

/** Hears of windows from its queue, and looks by a schedule for what has to be written anew. */
export const handler = (event: SQSEvent | object, context: Context) =>
  'Records' in event ? events(event, context) : renewSpans({ clock: systemClock });
