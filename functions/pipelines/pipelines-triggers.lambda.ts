import { consumeMessages } from '../events/consume.ts';
import { startByMessage } from './triggers/start-by-message.ts';
import { triggerLookup } from './triggers/trigger-store.ts';

/** Takes every event of the bus, objects that arrive, and schedules that are due. */
export const handler = consumeMessages(() => {
  const find = triggerLookup();
  return (message) => startByMessage(message, find);
});
