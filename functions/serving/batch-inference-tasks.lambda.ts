import * as z from 'zod/mini';
import { errorCause } from '../events/error-cause.ts';
import { taskHandler } from '../events/tasks.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { failBatch, finishBatch, planBatch, scorePart } from './batch/batch-tasks.ts';

const about = z.object({ batch_id: z.string() });
const part = z.object({
  ...{ index: z.int(), key: z.string(), etag: z.string(), start: z.int(), end: z.int() },
});
const scoring = z.extend(about, { part });
const failure = z.extend(about, { error: z.string(), cause: z.string() });

export const handler = taskHandler({
  plan: (input) => planBatch(parseValue(input, about).batch_id),
  score: (input) => {
    const { batch_id, part } = parseValue(input, scoring);
    return scorePart(batch_id, part);
  },
  finish: (input, context) => finishBatch(parseValue(input, about).batch_id, context),
  fail: (input, context) => {
    const { batch_id, error, cause } = parseValue(input, failure);
    return failBatch(batch_id, errorCause(error, cause), context);
  },
});
