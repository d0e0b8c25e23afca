import type { MlflowOperation } from '../mlflow/index.ts';
import { guardedBy, isExperimentId, requireLevelOn } from '../tracking/index.ts';
import { experimentsOfDataset } from './datasets/dataset-store.ts';
import { findIssue } from './issues/issue-store.ts';

/** What it takes on every experiment that is concerned; reading is for everybody with a token. */
const NEEDS = {
  createDataset: 'CAN_EDIT',
  deleteDataset: 'CAN_EDIT',
  setDatasetTags: 'CAN_EDIT',
  deleteDatasetTag: 'CAN_EDIT',
  upsertRecords: 'CAN_EDIT',
  deleteRecords: 'CAN_EDIT',
  addDatasetToExperiments: 'CAN_EDIT',
  removeDatasetFromExperiments: 'CAN_EDIT',
  registerScorer: 'CAN_EDIT',
  deleteScorer: 'CAN_EDIT',
  putOnlineScoring: 'CAN_EDIT',
  createIssue: 'CAN_EDIT',
  updateIssue: 'CAN_EDIT',
} as const;

interface NamesThing {
  readonly experiment_id?: string;
  readonly experiment_ids?: readonly string[];
  readonly dataset_id?: string;
  readonly issue_id?: string;
}

/** Those that a request names, and those that the dataset or the issue which it names belongs to. */
async function concerned(input: NamesThing): Promise<Set<string>> {
  const { experiment_id, experiment_ids = [], dataset_id, issue_id } = input;
  const ids = new Set(experiment_ids);
  if (experiment_id !== undefined) ids.add(experiment_id);
  for (const id of dataset_id ? await experimentsOfDataset(dataset_id) : []) ids.add(id);
  const issue = issue_id && (await findIssue(issue_id));
  if (issue) ids.add(issue.experiment_id);
  return ids;
}

/** The same operations, refused to who has less than they need. */
export const guarded = <T extends Readonly<Record<string, MlflowOperation>>>(operations: T): T =>
  guardedBy(operations, NEEDS, async (input: NamesThing, level, context) => {
    // What is no id at all is refused by the operation, in its own words.
    const ids = [...(await concerned(input))].filter(isExperimentId);
    for (const id of ids) await requireLevelOn(id, level, context);
  });
