import * as z from 'zod/mini';
import { taskHandler } from '../events/tasks.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { failBatch, finishBatch } from './batch/end-batch.ts';
import {
  planInput,
  planNextStep,
  recordDeployment,
  recordInput,
} from './deployment/deployment-tasks.ts';
import { readEnvironment, readEnvironmentInput } from './preparation/read-environment.ts';
import { recordPreparation, recordPreparationInput } from './preparation/record-preparation.ts';

const about = z.object({ batch_id: z.string() });
const failure = z.extend(about, { error: z.string(), cause: z.string() });

export const handler = taskHandler({
  readEnvironment: (input) => readEnvironment(parseValue(input, readEnvironmentInput)),
  recordPreparation: (input, context) =>
    recordPreparation(parseValue(input, recordPreparationInput), context),
  planDeployment: (input, context) => planNextStep(parseValue(input, planInput), context),
  recordDeployment: (input, context) => recordDeployment(parseValue(input, recordInput), context),
  finishBatch: (input, context) => finishBatch(parseValue(input, about).batch_id, context),
  failBatch: (input, context) => {
    const { batch_id, ...caught } = parseValue(input, failure);
    return failBatch(batch_id, caught, context);
  },
});
