import { taskHandler } from '../events/tasks.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { runCustomCheck } from './checks/run-custom-check.ts';
import { checkInput } from './task-input.ts';

export const handler = taskHandler({
  runChecks: (input) => runCustomCheck(parseValue(input, checkInput)),
});
