import { taskHandler } from '../events/tasks.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { askForApproval, escalateRequest, expireRequest } from './ask-for-approval.ts';
import { compareModels } from './compare-models.ts';
import { decidePromotion, recordFailure, refusePromotion } from './decide-promotion.ts';
import { compareInput, failInput, promotionInput, refuseInput, tokenInput } from './task-input.ts';

export const handler = taskHandler({
  compare: (input, context) => compareModels(parseValue(input, compareInput), context),
  requestApproval: (input, context) => askForApproval(parseValue(input, tokenInput), context),
  escalateApproval: (input, context) => escalateRequest(parseValue(input, promotionInput), context),
  expireApproval: (input, context) => expireRequest(parseValue(input, promotionInput), context),
  refuse: (input, context) => refusePromotion(parseValue(input, refuseInput), context),
  decide: (input, context) => decidePromotion(parseValue(input, promotionInput), context),
  recordFailure: (input, context) => recordFailure(parseValue(input, failInput), context),
});
