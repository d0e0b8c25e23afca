import { createDataset } from '../../../functions/evaluation/datasets/create-dataset.ts';
import { createIssue } from '../../../functions/evaluation/issues/create-issue.ts';
import { registerScorer } from '../../../functions/evaluation/scorers/register-scorer.ts';
import { createLoggedModel } from '../../../functions/logged-models/create-logged-model.ts';
import type { OperationContext } from '../../../functions/shared/context.ts';
import { newHexId } from '../../../functions/shared/ids.ts';
import { startTrace } from '../../../functions/traces/start-trace.ts';
import { createExperiment } from '../../../functions/tracking/experiments/create-experiment.ts';
import { setExperimentPermissions } from '../../../functions/tracking/experiments/experiment-permissions.ts';
import { createRun } from '../../../functions/tracking/runs/create-run.ts';

/** Of the levels that there are on models, what the same people have here. */
const LIST = [
  ['CAN_READ', 'CAN_READ'],
  ['CAN_EDIT', 'CAN_EDIT'],
  ['CAN_MANAGE_STAGING_VERSIONS', 'CAN_EDIT'],
  ['CAN_MANAGE_PRODUCTION_VERSIONS', 'CAN_EDIT'],
  ['CAN_MANAGE', 'CAN_MANAGE'],
  ['program', 'CAN_MANAGE'],
] as const;

/** Domains whose operations are guarded by an experiment's list. */
export const OF_EXPERIMENTS = new Set([
  'tracking',
  'logged-models',
  'traces',
  'evaluation',
  'artifacts',
]);

/** An experiment of the owner's with a list, and one of everything that is in it. */
export async function guardedExperiment(prefix: string, domain: string, owner: OperationContext) {
  // Two routes may lead to one operation.
  const name = `${prefix}-${newHexId()}`;
  const { experiment_id } = await createExperiment({ name }, owner);
  const entries = LIST.map(([user_name, permission_level]) => ({ user_name, permission_level }));
  await setExperimentPermissions(experiment_id, entries, { merge: false }, owner);
  const { run_id } = await createRun({ experiment_id }, owner);
  const created = (await createLoggedModel({ experiment_id, params: [], tags: [] }, owner)) as {
    model: { info: { model_id: string } };
  };
  const trace_id = `tr-${newHexId()}`;
  await startTrace(traceIn(experiment_id, trace_id), owner);
  const { model_id } = created.model.info;
  const path = `${experiment_id}/${run_id}/artifacts/notes`;
  const ids = { name, experiment_id, run_id, model_id, trace_id, request_id: trace_id };
  const further = domain === 'evaluation' ? await evaluated(experiment_id, name, owner) : {};
  return { ...ids, path, ...further };
}

/** A dataset, a scorer and an issue of an experiment. */
async function evaluated(experiment_id: string, name: string, owner: OperationContext) {
  const inputs = { name, experiment_ids: [experiment_id] };
  const { dataset } = (await createDataset(inputs, owner)) as { dataset: { dataset_id: string } };
  await registerScorer({ experiment_id, name, serialized_scorer: '{}' }, owner);
  const found = { experiment_id, name, description: 'd', root_causes: [], categories: [] };
  const { issue } = (await createIssue(found, owner)) as { issue: { issue_id: string } };
  return { dataset_id: dataset.dataset_id, issue_id: issue.issue_id };
}

const traceIn = (experiment_id = '', trace_id = '') => ({
  trace: {
    trace_info: {
      trace_id,
      trace_location: { type: 'MLFLOW_EXPERIMENT' as const, mlflow_experiment: { experiment_id } },
      request_time: '2026-11-21T10:00:00Z',
      assessments: [],
    },
  },
});

const assessment = {
  assessment_name: 'n',
  source: { source_type: 'HUMAN', source_id: 'ana' },
  feedback: { value: 1 },
};

/** What operations on an experiment must be told besides its names. */
export const furtherInput = (
  operation: string,
  { experiment_id, run_id, trace_id }: Readonly<Record<string, string>>,
): object =>
  ({
    createDataset: { experiment_ids: [experiment_id] },
    addDatasetToExperiments: { experiment_ids: [experiment_id] },
    removeDatasetFromExperiments: { experiment_ids: [experiment_id] },
    setDatasetTags: { tags: '{}' },
    upsertRecords: { records: '[]' },
    registerScorer: { serialized_scorer: '{}' },
    putOnlineScoring: { sample_rate: 1 },
    getOnlineScoring: { scorer_ids: 'none' },
    uploadRunArtifact: { run_uuid: run_id },
    createExperimentIssue: { title: 't', severity: 'LOW' },
    createMultipartUpload: { num_parts: 1 },
    createWebhook: { events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] },
    deleteRuns: { max_timestamp_millis: 1 },
    restoreRuns: { min_timestamp_millis: 1 },
    logOutputs: { models: [{ model_id: 'm-1', step: 1 }] },
    logModel: { model_json: '{}' },
    logMetric: { value: 1, timestamp: 1 },
    finalizeLoggedModel: { status: 'LOGGED_MODEL_READY' },
    startTrace: traceIn(experiment_id, trace_id),
    deleteTraces: { max_timestamp_millis: 1 },
    linkTracesToRun: { trace_ids: [trace_id] },
    linkPromptsToTrace: { prompt_versions: [{ name: 'p', version: '1' }] },
    createAssessment: { assessment },
    updateAssessment: { assessment, update_mask: 'feedback' },
  })[operation] ?? {};
