import { consumeEvents, on } from '../events/consume.ts';
import { WindowAmended, WindowClosed } from './events.ts';
import { followWindow } from './log-table/follow-windows.ts';

export const handler = consumeEvents([
  on(WindowClosed, followWindow),
  on(WindowAmended, followWindow),
]);
