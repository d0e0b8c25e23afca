import {
  bool,
  double,
  enumeration,
  int32,
  operation,
  requiredString,
  string,
  strings,
  uncheckedInt32,
  uncheckedItems,
  uncheckedString,
  uncheckedStrings,
} from '../mlflow/index.ts';
import { addToExperiments, removeFromExperiments } from './datasets/change-experiments.ts';
import { deleteDatasetTag, setDatasetTags } from './datasets/change-tags.ts';
import { createDataset } from './datasets/create-dataset.ts';
import { deleteDataset } from './datasets/delete-dataset.ts';
import { deleteRecords } from './datasets/delete-records.ts';
import { getDataset, getDatasetExperiments } from './datasets/get-dataset.ts';
import { listRecords } from './datasets/list-records.ts';
import { RECORD_SOURCES } from './datasets/record.ts';
import { searchDatasets } from './datasets/search-datasets.ts';
import { upsertRecords } from './datasets/upsert-records.ts';
import { createIssue } from './issues/create-issue.ts';
import { getIssue } from './issues/get-issue.ts';
import { searchIssues } from './issues/search-issues.ts';
import { updateIssue } from './issues/update-issue.ts';
import { deleteScorer } from './scorers/delete-scorer.ts';
import { getScorer, listScorers, listScorerVersions } from './scorers/get-scorer.ts';
import { getOnlineScoring, putOnlineScoring } from './scorers/online-scoring.ts';
import { registerScorer } from './scorers/register-scorer.ts';

const datasetId = { dataset_id: requiredString };
const experiments = { ...datasetId, experiment_ids: uncheckedItems };
const scorer = { experiment_id: requiredString, name: requiredString };
const issueId = { issue_id: requiredString };

/** Operations of the function `evaluation` with the fields of their requests. */
export const evaluationOperations = {
  createDataset: operation(
    {
      name: requiredString,
      experiment_ids: uncheckedItems,
      source_type: enumeration(...RECORD_SOURCES),
      source: uncheckedString,
      schema: uncheckedString,
      profile: uncheckedString,
      created_by: uncheckedString,
      tags: string,
    },
    createDataset,
  ),
  getDataset: operation({ ...datasetId, page_token: string }, getDataset),
  deleteDataset: operation(datasetId, deleteDataset),
  searchDatasets: operation(
    {
      experiment_ids: uncheckedItems,
      filter_string: string,
      max_results: int32,
      order_by: uncheckedItems,
      page_token: string,
    },
    searchDatasets,
  ),
  setDatasetTags: operation({ ...datasetId, tags: requiredString }, setDatasetTags),
  deleteDatasetTag: operation({ ...datasetId, key: requiredString }, deleteDatasetTag),
  upsertRecords: operation(
    { ...datasetId, records: requiredString, updated_by: uncheckedString },
    upsertRecords,
  ),
  listRecords: operation({ ...datasetId, max_results: int32, page_token: string }, listRecords),
  deleteRecords: operation({ ...datasetId, dataset_record_ids: uncheckedItems }, deleteRecords),
  getDatasetExperiments: operation(datasetId, getDatasetExperiments),
  addDatasetToExperiments: operation(experiments, addToExperiments),
  removeDatasetFromExperiments: operation(experiments, removeFromExperiments),
  registerScorer: operation({ ...scorer, serialized_scorer: requiredString }, registerScorer),
  listScorers: operation({ experiment_id: requiredString }, listScorers),
  listScorerVersions: operation(scorer, listScorerVersions),
  getScorer: operation({ ...scorer, version: int32 }, getScorer),
  deleteScorer: operation({ ...scorer, version: int32 }, deleteScorer),
  putOnlineScoring: operation(
    { ...scorer, sample_rate: { ...double, required: true }, filter_string: string },
    putOnlineScoring,
  ),
  getOnlineScoring: operation({ scorer_ids: { ...strings, required: true } }, getOnlineScoring),
  createIssue: operation(
    {
      name: requiredString,
      description: requiredString,
      experiment_id: requiredString,
      status: uncheckedString,
      severity: uncheckedString,
      root_causes: uncheckedStrings,
      source_run_id: uncheckedString,
      created_by: uncheckedString,
      categories: uncheckedStrings,
    },
    createIssue,
  ),
  getIssue: operation(issueId, getIssue),
  updateIssue: operation(
    {
      ...issueId,
      name: uncheckedString,
      description: uncheckedString,
      status: uncheckedString,
      severity: uncheckedString,
    },
    updateIssue,
  ),
  searchIssues: operation(
    {
      experiment_id: uncheckedString,
      filter_string: uncheckedString,
      max_results: uncheckedInt32,
      page_token: uncheckedString,
      include_trace_count: bool,
    },
    searchIssues,
  ),
};
