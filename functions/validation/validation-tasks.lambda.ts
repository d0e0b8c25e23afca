import { taskHandler } from '../events/tasks.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { beginValidation } from './begin-validation.ts';
import { runChecks } from './checks/run-checks.ts';
import { recordFailure, recordVerdict } from './finish-validation.ts';
import { checkInput, failInput, finishInput, taskInput } from './task-input.ts';

export const handler = taskHandler({
  beginValidation: (input, context) => beginValidation(parseValue(input, taskInput), context),
  runChecks: (input) => runChecks(parseValue(input, checkInput)),
  recordVerdict: (input, context) => recordVerdict(parseValue(input, finishInput), context),
  recordFailure: (input, context) => recordFailure(parseValue(input, failInput), context),
});
