import {
  enumeration,
  int32,
  int64,
  messages,
  operation,
  requiredInt64,
  requiredRunId,
  requiredString,
  strictOperation,
  string,
  strings,
  typedString,
  uncheckedItems,
  uncheckedString,
  uncheckedStrings,
} from '../mlflow/index.ts';
import { createExperiment } from './experiments/create-experiment.ts';
import { EXPERIMENT_LEVELS } from './experiments/experiment-access.ts';
import { setExperimentLifecycle } from './experiments/experiment-lifecycle.ts';
import {
  experimentPermissionLevels,
  getExperimentPermissions,
  setExperimentPermissions,
} from './experiments/experiment-permissions.ts';
import { deleteExperimentTag, setExperimentTag } from './experiments/experiment-tags.ts';
import { getExperiment, getExperimentByName } from './experiments/get-experiment.ts';
import { searchExperiments } from './experiments/search-experiments.ts';
import { updateExperiment } from './experiments/update-experiment.ts';
import { logInputs } from './inputs/log-inputs.ts';
import { logOutputs } from './inputs/log-outputs.ts';
import type { RunInput } from './inputs/run-input.ts';
import { searchDatasets } from './inputs/search-datasets.ts';
import { getMetricHistory } from './metrics/get-metric-history.ts';
import {
  getMetricHistoryBulk,
  getMetricHistoryBulkInterval,
  readStep,
} from './metrics/get-metric-history-bulk.ts';
import { deleteRuns, MAX_RUNS, restoreRuns } from './runs/change-many-runs.ts';
import { createRun } from './runs/create-run.ts';
import { getRun, toWireRun } from './runs/describe-run.ts';
import { logModel } from './runs/log-model.ts';
import { RUN_STATUSES } from './runs/run.ts';
import { setRunLifecycle } from './runs/run-lifecycle.ts';
import { deleteTag } from './runs/run-tags.ts';
import { updateRun } from './runs/update-run.ts';
import { searchRuns } from './search/search-runs.ts';
import {
  getGatewaySecretsConfig,
  getServerInfo,
  getUiTelemetry,
  listGatewayEndpoints,
  listGatewayModels,
  listGatewayProviders,
} from './server-features.ts';
import { viewType } from './view-type.ts';

/** MLflow release whose wire format is spoken; clients compare it with their own. */
const MLFLOW_VERSION = '3.11.1';

const text = (body: string) => async () => ({
  statusCode: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

const tags = messages({ key: requiredString, value: string });
const experimentId = { experiment_id: requiredString };
const access = {
  ...experimentId,
  access_control_list: messages({
    user_name: string,
    group_name: string,
    service_principal_name: string,
    permission_level: { ...enumeration(...EXPERIMENT_LEVELS), required: true },
  }),
};
const runId = { run_id: requiredRunId };
/** MLflow's servers look neither for what a run's datasets lack nor for its models: an empty text is kept, too. */
const given = { ...string, default: '' } as const;
const dataset = {
  type: {
    fields: {
      name: given,
      digest: given,
      source_type: given,
      source: given,
      schema: string,
      profile: string,
    },
  },
} as const;
/** An empty schema or profile is none. */
const withoutEmpty = ({ schema, profile, ...rest }: RunInput['dataset']): RunInput['dataset'] => ({
  ...rest,
  ...(schema && { schema }),
  ...(profile && { profile }),
});
const inputTags = messages({ key: given, value: string });

const maxRuns = { type: 'rounded64', default: MAX_RUNS } as const;

const bulkInterval = {
  run_ids: strings,
  metric_key: requiredString,
  start_step: uncheckedString,
  end_step: uncheckedString,
  max_results: uncheckedString,
} as const;

/** Operations of the function `tracking` with the fields of their requests. */
export const trackingOperations = {
  getHealth: operation({}, text('OK')),
  getVersion: operation({}, text(MLFLOW_VERSION)),
  createExperiment: operation(
    { name: requiredString, artifact_location: string, tags },
    createExperiment,
  ),
  getExperiment: operation(experimentId, getExperiment),
  getExperimentByName: operation({ experiment_name: requiredString }, getExperimentByName),
  searchExperiments: operation(
    {
      max_results: int64,
      page_token: string,
      filter: string,
      order_by: uncheckedItems,
      view_type: { ...viewType, check: 'number' },
    },
    searchExperiments,
  ),
  listExperiments: strictOperation(
    { max_results: int64, page_token: string, view_type: viewType },
    (input) => searchExperiments({ ...input, order_by: [] }),
  ),
  updateExperiment: operation({ ...experimentId, new_name: typedString }, updateExperiment),
  deleteExperiment: operation(experimentId, (input, context) =>
    setExperimentLifecycle(input.experiment_id, 'deleted', context),
  ),
  restoreExperiment: operation(experimentId, (input, context) =>
    setExperimentLifecycle(input.experiment_id, 'active', context),
  ),
  setExperimentTag: operation(
    { ...experimentId, key: requiredString, value: string },
    setExperimentTag,
  ),
  deleteExperimentTag: operation({ ...experimentId, key: requiredString }, deleteExperimentTag),
  createRun: operation(
    {
      experiment_id: string,
      user_id: uncheckedString,
      run_name: string,
      start_time: int64,
      tags: { ...tags, check: 'nothing' },
    },
    async (input, context) => {
      const run = await createRun(input, context);
      // MLflow says nothing about the outputs of a run that begins.
      return { run: { ...toWireRun({ run, metrics: [], inputs: [] }), outputs: undefined } };
    },
  ),
  getRun: operation(runId, getRun),
  updateRun: operation(
    {
      ...runId,
      status: { ...enumeration(...RUN_STATUSES), check: 'type' },
      end_time: int64,
      run_name: string,
    },
    updateRun,
  ),
  deleteRun: operation(runId, (input, context) =>
    setRunLifecycle(input.run_id, 'deleted', context),
  ),
  restoreRun: operation(runId, (input, context) =>
    setRunLifecycle(input.run_id, 'active', context),
  ),
  deleteRuns: strictOperation(
    { experiment_id: requiredString, max_timestamp_millis: requiredInt64, max_runs: maxRuns },
    deleteRuns,
  ),
  restoreRuns: strictOperation(
    { experiment_id: requiredString, min_timestamp_millis: requiredInt64, max_runs: maxRuns },
    restoreRuns,
  ),
  searchRuns: operation(
    {
      experiment_ids: uncheckedItems,
      filter: string,
      run_view_type: viewType,
      max_results: { ...int32, max: 50_000 },
      order_by: strings,
      page_token: uncheckedString,
    },
    searchRuns,
  ),
  deleteTag: operation({ ...runId, key: requiredString }, deleteTag),
  logInputs: operation(
    {
      ...runId,
      datasets: { ...messages({ tags: inputTags, dataset }), check: 'list' },
      models: { ...messages({ model_id: given }), check: 'list' },
    },
    ({ datasets, ...input }) =>
      logInputs({
        ...input,
        datasets: datasets.map(({ dataset, tags: pairs }) => ({
          dataset: withoutEmpty(dataset ?? { name: '', digest: '', source_type: '', source: '' }),
          tags: pairs.map(({ key, value = '' }) => ({ key, value })),
        })),
      }),
  ),
  logOutputs: operation(
    {
      ...runId,
      models: {
        ...messages({ model_id: given, step: int64 }),
        required: true,
        check: 'list',
      },
    },
    logOutputs,
  ),
  logModel: operation(
    { run_id: { ...requiredRunId, check: 'first' }, model_json: typedString },
    logModel,
  ),
  getMetricHistory: operation(
    {
      run_id: { ...requiredRunId, check: 'first' },
      metric_key: typedString,
      page_token: string,
      max_results: { ...int32, check: 'nothing' },
    },
    getMetricHistory,
  ),
  getMetricHistoryBulk: operation(
    { run_id: strings, metric_key: string, max_results: int64 },
    getMetricHistoryBulk,
  ),
  getMetricHistoryBulkInterval: operation(bulkInterval, (input) =>
    getMetricHistoryBulkInterval({
      ...input,
      start_step: readStep(input.start_step, 'start_step'),
      end_step: readStep(input.end_step, 'end_step'),
    }),
  ),
  searchDatasets: operation({ experiment_ids: uncheckedStrings }, searchDatasets),
  getExperimentPermissionLevels: strictOperation(experimentId, async () =>
    experimentPermissionLevels(),
  ),
  getExperimentPermissions: strictOperation(experimentId, (input, context) =>
    getExperimentPermissions(input.experiment_id, context),
  ),
  setExperimentPermissions: strictOperation(access, (input, context) =>
    setExperimentPermissions(
      input.experiment_id,
      input.access_control_list,
      { merge: false },
      context,
    ),
  ),
  updateExperimentPermissions: strictOperation(access, (input, context) =>
    setExperimentPermissions(
      input.experiment_id,
      input.access_control_list,
      { merge: true },
      context,
    ),
  ),
  getServerInfo: operation({}, getServerInfo),
  getUiTelemetry: operation({}, getUiTelemetry),
  listGatewayEndpoints: operation({}, listGatewayEndpoints),
  listGatewayModels: operation({}, listGatewayModels),
  listGatewayProviders: operation({}, listGatewayProviders),
  getGatewaySecretsConfig: operation({}, getGatewaySecretsConfig),
};
