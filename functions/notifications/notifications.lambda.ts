import { consumeEvents } from '../events/consume.ts';
import { reactions } from './reactions.ts';

export const handler = consumeEvents(reactions);
