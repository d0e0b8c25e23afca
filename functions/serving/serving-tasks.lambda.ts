import { taskHandler } from '../events/tasks.ts';
import { parseValue } from '../shared/http/json-api.ts';
import {
  planInput,
  planNextStep,
  recordDeployment,
  recordInput,
} from './deployment/deployment-tasks.ts';
import { recordPreparation, recordPreparationInput } from './preparation/record-preparation.ts';

export const handler = taskHandler({
  recordPreparation: (input, context) =>
    recordPreparation(parseValue(input, recordPreparationInput), context),
  planDeployment: (input, context) => planNextStep(parseValue(input, planInput), context),
  recordDeployment: (input, context) => recordDeployment(parseValue(input, recordInput), context),
});
