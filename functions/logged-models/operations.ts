import {
  bool,
  enumeration,
  int32,
  messages,
  operation,
  requiredString,
  string,
  strings,
  uncheckedString,
} from '../mlflow/index.ts';
import {
  deleteLoggedModelTag,
  logLoggedModelParams,
  setLoggedModelTags,
} from './change-model-pairs.ts';
import { createLoggedModel } from './create-logged-model.ts';
import { deleteLoggedModel } from './delete-logged-model.ts';
import { finalizeLoggedModel } from './finalize-logged-model.ts';
import { getLoggedModel } from './get-logged-model.ts';
import { MODEL_STATUSES, NO_STATUS } from './logged-model.ts';
import { searchLoggedModels } from './search-logged-models.ts';

const modelId = { model_id: requiredString };
const bodysModelId = { model_id: { ...requiredString, check: 'body' } } as const;
/** At their keys the operations look: MLflow's servers say nothing about the type of a pair. */
const pairs = {
  ...messages({ key: { ...string, default: '' }, value: string }),
  check: 'list',
} as const;
const dataset = { dataset_name: string, dataset_digest: string };

/** Operations of the function `logged-models` with the fields of their requests. */
export const loggedModelOperations = {
  createLoggedModel: operation(
    {
      experiment_id: requiredString,
      name: string,
      model_type: string,
      source_run_id: string,
      params: pairs,
      tags: pairs,
    },
    createLoggedModel,
  ),
  getLoggedModel: operation({ ...modelId, allow_deleted: uncheckedString }, getLoggedModel),
  finalizeLoggedModel: operation(
    {
      model_id: { ...bodysModelId.model_id, ofBody: true },
      status: {
        ...enumeration(NO_STATUS, ...MODEL_STATUSES),
        required: true,
        check: 'number',
        otherwise: NO_STATUS,
      },
    },
    finalizeLoggedModel,
  ),
  deleteLoggedModel: operation(modelId, deleteLoggedModel),
  searchLoggedModels: operation(
    {
      experiment_ids: { ...strings, required: true },
      filter: string,
      datasets: messages(dataset),
      max_results: int32,
      order_by: messages({ field_name: string, ascending: bool, ...dataset }),
      page_token: string,
    },
    searchLoggedModels,
  ),
  setLoggedModelTags: operation({ ...modelId, tags: pairs }, setLoggedModelTags),
  deleteLoggedModelTag: operation({ ...modelId, tag_key: requiredString }, deleteLoggedModelTag),
  logLoggedModelParams: operation({ ...bodysModelId, params: pairs }, logLoggedModelParams),
};
