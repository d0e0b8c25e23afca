import {
  bool,
  double,
  enumeration,
  int32,
  operation,
  requiredString,
  string,
  strings,
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
const experiments = { ...datasetId, experiment_ids: strings };
const scorer = { experiment_id: requiredString, name: requiredString };
const issueId = { issue_id: requiredString };

/** Operations of the function `evaluation` with the fields of their requests. */
export const evaluationOperations = {
  createDataset: operation(
    {
      name: requiredString,
      experiment_ids: strings,
      source_type: enumeration(...RECORD_SOURCES),
      source: string,
      schema: string,
      profile: string,
      created_by: string,
      tags: string,
    },
    createDataset,
  ),
  getDataset: operation({ ...datasetId, page_token: string }, getDataset),
  deleteDataset: operation(datasetId, deleteDataset),
  searchDatasets: operation(
    {
      experiment_ids: strings,
      filter_string: string,
      max_results: int32,
      order_by: strings,
      page_token: string,
    },
    searchDatasets,
  ),
  setDatasetTags: operation({ ...datasetId, tags: requiredString }, setDatasetTags),
  deleteDatasetTag: operation({ ...datasetId, key: requiredString }, deleteDatasetTag),
  upsertRecords: operation(
    { ...datasetId, records: requiredString, updated_by: string },
    upsertRecords,
  ),
  listRecords: operation({ ...datasetId, max_results: int32, page_token: string }, listRecords),
  deleteRecords: operation({ ...datasetId, dataset_record_ids: strings }, deleteRecords),
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
      experiment_id: requiredString,
      name: requiredString,
      description: requiredString,
      status: string,
      severity: string,
      root_causes: strings,
      source_run_id: string,
      created_by: string,
      categories: strings,
    },
    createIssue,
  ),
  getIssue: operation(issueId, getIssue),
  updateIssue: operation(
    { ...issueId, name: string, description: string, status: string, severity: string },
    updateIssue,
  ),
  searchIssues: operation(
    {
      experiment_id: string,
      filter_string: string,
      max_results: int32,
      page_token: string,
      include_trace_count: bool,
    },
    searchIssues,
  ),
};
