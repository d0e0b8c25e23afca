import { consumeMessages } from '../events/consume.ts';
import { startByMessage } from './start-by-message.ts';

/** Takes every event of the bus, objects that arrive, and schedules that are due. */
export const handler = consumeMessages(startByMessage);
