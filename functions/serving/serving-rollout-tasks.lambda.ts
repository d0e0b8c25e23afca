import * as z from 'zod/mini';
import { taskHandler } from '../events/tasks.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { analyseRollout } from './rollout/analyse-rollout.ts';
import { askPerson, expireQuestion } from './rollout/ask-person.ts';
import { abortRollout, promoteRollout } from './rollout/end-rollout.ts';
import { shiftTraffic } from './rollout/shift-traffic.ts';

const about = z.object({ endpoint: z.string(), rollout_id: z.string() });
const step = z.extend(about, { step: z.int() });
const ending = z.extend(about, { reason: z.string() });
const question = z.extend(ending, { token: z.string() });

export const handler = taskHandler({
  shift: (input, context) => shiftTraffic(parseValue(input, step), context),
  analyse: (input, context) => analyseRollout(parseValue(input, about), context),
  ask: (input, context) => askPerson(parseValue(input, question), context),
  expire: (input, context) => expireQuestion(parseValue(input, about), context),
  promote: (input, context) => promoteRollout(parseValue(input, ending), context),
  abort: (input, context) => abortRollout(parseValue(input, ending), context),
});
