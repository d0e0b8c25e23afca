import type { MlflowOperation } from '../mlflow/index.ts';
import { guardedBy, isExperimentId, requireLevelOn } from '../tracking/index.ts';
import { experimentsOfDataset } from './datasets/dataset-store.ts';
import { findIssue } from './issues/issue-store.ts';

/** The level that a caller needs on every experiment concerned; everybody with a token may read. */
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

/** Ids of the experiments that a request names, and of those that its dataset or issue belongs to. */
async function concerned(input: NamesThing): Promise<Set<string>> {
  const { experiment_id, experiment_ids = [], dataset_id, issue_id } = input;
  const ids = new Set(experiment_ids);
  if (experiment_id !== undefined) ids.add(experiment_id);
  for (const id of dataset_id ? await experimentsOfDataset(dataset_id) : []) ids.add(id);
  const issue = issue_id && (await findIssue(issue_id));
  if (issue) ids.add(issue.experiment_id);
  return ids;
}

/** The same operations, each refused to callers with less than the level that it needs. */
export const guarded = <T extends Readonly<Record<string, MlflowOperation>>>(operations: T): T =>
  guardedBy(operations, NEEDS, async (input: NamesThing, level, context) => {
    // Texts that are no ids are left to the operation, which refuses them in its own words.
    const ids = [...(await concerned(input))].filter(isExperimentId);
    for (const id of ids) await requireLevelOn(id, level, context);
  });
