import * as z from 'zod/mini';
import { errorCause } from '../events/error-cause.ts';
import { taskHandler } from '../events/tasks.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { notePartFailure, scoreParts } from './batch/batch-tasks.ts';
import { planBatch } from './batch/plan-batch.ts';

const about = z.object({ batch_id: z.string() });
const part = z.object({
  index: z.int(),
  key: z.string(),
  etag: z.string(),
  start: z.int(),
  end: z.int(),
});
const scoring = z.extend(about, { parts: z.array(part) });
const failure = z.extend(about, { error: z.string(), cause: z.string() });

export const handler = taskHandler({
  plan: (input) => planBatch(parseValue(input, about).batch_id),
  score: (input) => {
    const { batch_id, parts } = parseValue(input, scoring);
    return scoreParts(batch_id, parts);
  },
  noteFailure: (input) => {
    const { batch_id, error, cause } = parseValue(input, failure);
    return notePartFailure(batch_id, errorCause(error, cause));
  },
});
