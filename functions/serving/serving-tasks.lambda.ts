import { taskHandler } from '../events/tasks.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { recordPreparation, recordPreparationInput } from './record-preparation.ts';

export const handler = taskHandler({
  recordPreparation: (input, context) =>
    recordPreparation(parseValue(input, recordPreparationInput), context),
});
