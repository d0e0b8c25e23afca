/**
 * MLflow's output types with the types of their fields (`mlflow/server/graphql`). `Long` is a number
 * that comes as a text.
 */
export type FieldTypes = Readonly<Record<string, string>>;

const pair = { key: 'String', value: 'String' };
const point = { key: 'String', value: 'Float', timestamp: 'Long', step: 'Long' };
const measured = {
  datasetName: 'String',
  datasetDigest: 'String',
  modelId: 'String',
  runId: 'String',
};
const apiError = { apiError: 'ApiError' };
const page = { nextPageToken: 'String' };

export const TYPES: Readonly<Record<string, FieldTypes>> = {
  ApiError: {
    code: 'String',
    message: 'String',
    helpUrl: 'String',
    traceId: 'String',
    errorDetails: '[ErrorDetail]',
  },
  ErrorDetail: { field: 'String', message: 'String' },
  Test: { output: 'String' },
  TestMutation: { output: 'String' },
  MlflowExperiment: {
    experimentId: 'String',
    name: 'String',
    artifactLocation: 'String',
    lifecycleStage: 'String',
    lastUpdateTime: 'Long',
    creationTime: 'Long',
    tags: '[MlflowExperimentTag]',
  },
  MlflowExperimentTag: pair,
  MlflowRunExtension: {
    info: 'MlflowRunInfo',
    data: 'MlflowRunData',
    inputs: 'MlflowRunInputs',
    outputs: 'MlflowRunOutputs',
    experiment: 'MlflowExperiment',
    modelVersions: '[MlflowModelVersion]',
  },
  MlflowRunInfo: {
    runId: 'String',
    runUuid: 'String',
    runName: 'String',
    experimentId: 'String',
    userId: 'String',
    status: 'MlflowRunStatus',
    startTime: 'Long',
    endTime: 'Long',
    artifactUri: 'String',
    lifecycleStage: 'String',
  },
  MlflowRunData: {
    metrics: '[MlflowMetricExtension]',
    params: '[MlflowParam]',
    tags: '[MlflowRunTag]',
  },
  MlflowMetricExtension: { ...point, ...measured },
  MlflowParam: pair,
  MlflowRunTag: pair,
  MlflowRunInputs: { datasetInputs: '[MlflowDatasetInput]', modelInputs: '[MlflowModelInput]' },
  MlflowDatasetInput: { tags: '[MlflowInputTag]', dataset: 'MlflowDataset' },
  MlflowInputTag: pair,
  MlflowDataset: {
    name: 'String',
    digest: 'String',
    sourceType: 'String',
    source: 'String',
    schema: 'String',
    profile: 'String',
  },
  MlflowModelInput: { modelId: 'String' },
  MlflowRunOutputs: { modelOutputs: '[MlflowModelOutput]' },
  MlflowModelOutput: { modelId: 'String', step: 'Long' },
  MlflowModelVersion: {
    name: 'String',
    version: 'String',
    creationTimestamp: 'Long',
    lastUpdatedTimestamp: 'Long',
    userId: 'String',
    currentStage: 'String',
    description: 'String',
    source: 'String',
    runId: 'String',
    status: 'MlflowModelVersionStatus',
    statusMessage: 'String',
    tags: '[MlflowModelVersionTag]',
    runLink: 'String',
    aliases: '[String]',
    modelId: 'String',
    modelParams: '[MlflowModelParam]',
    modelMetrics: '[MlflowModelMetric]',
    deploymentJobState: 'MlflowModelVersionDeploymentJobState',
  },
  MlflowModelVersionTag: pair,
  MlflowModelParam: { name: 'String', value: 'String' },
  MlflowModelMetric: { ...point, ...measured },
  MlflowModelVersionDeploymentJobState: {
    jobId: 'String',
    runId: 'String',
    jobState: 'MlflowDeploymentJobConnectionState',
    runState: 'MlflowModelVersionDeploymentJobStateDeploymentJobRunState',
    currentTaskName: 'String',
  },
  MlflowFileInfo: { path: 'String', isDir: 'Boolean', fileSize: 'Long' },
  MlflowMetricWithRunId: { ...point, runId: 'String' },
  MlflowDatasetSummary: {
    experimentId: 'String',
    name: 'String',
    digest: 'String',
    context: 'String',
  },
  MlflowGetExperimentResponse: { experiment: 'MlflowExperiment', ...apiError },
  MlflowGetRunResponse: { run: 'MlflowRunExtension', ...apiError },
  MlflowSearchRunsResponse: { runs: '[MlflowRunExtension]', ...page, ...apiError },
  MlflowSearchModelVersionsResponse: {
    modelVersions: '[MlflowModelVersion]',
    ...page,
    ...apiError,
  },
  MlflowGetMetricHistoryBulkIntervalResponse: { metrics: '[MlflowMetricWithRunId]', ...apiError },
  MlflowListArtifactsResponse: {
    rootUri: 'String',
    files: '[MlflowFileInfo]',
    ...page,
    ...apiError,
  },
  MlflowSearchDatasetsResponse: { datasetSummaries: '[MlflowDatasetSummary]', ...apiError },
};

/** Values of fields that a message leaves out: those of a protocol buffer. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  String: '',
  Long: '0',
  Float: 0,
  Boolean: false,
};

/** A scalar as it is answered; what is no number is null, as are enums that are not set. */
export function scalar(type: string, value: unknown): unknown {
  if (value === undefined || value === null) return DEFAULTS[type] ?? null;
  if (type === 'Long') return String(value);
  if (type === 'Float') return Number.isFinite(value) ? value : null;
  return value;
}
