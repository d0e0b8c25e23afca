import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { systemClock } from '../shared/clock.ts';
import { WindowAmended, WindowClosed } from './events.ts';
import { compactYesterday, followWindow } from './log-table/follow-windows.ts';

const events = consumeEvents([on(WindowClosed, followWindow), on(WindowAmended, followWindow)]);

/** Anything but a batch of the queue is the daily schedule. */
export const handler = (event: SQSEvent | object, context: Context) =>
  'Records' in event ? events(event, context) : compactYesterday(systemClock);
