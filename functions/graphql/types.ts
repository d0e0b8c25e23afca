/**
 * Fields of a type of MLflow's schema (`mlflow/server/graphql`) with their types, in its order: clients may
 * ask for the schema itself.
 */
export type FieldTypes = Readonly<Record<string, string>>;

const pair = { key: 'String', value: 'String' };
const point = { key: 'String', value: 'Float', timestamp: 'LongString', step: 'LongString' };
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
    lastUpdateTime: 'LongString',
    creationTime: 'LongString',
    tags: '[MlflowExperimentTag!]',
  },
  MlflowExperimentTag: pair,
  MlflowRunExtension: {
    info: 'MlflowRunInfo',
    data: 'MlflowRunData',
    inputs: 'MlflowRunInputs',
    outputs: 'MlflowRunOutputs',
    experiment: 'MlflowExperiment',
    modelVersions: '[MlflowModelVersion!]',
  },
  MlflowRunInfo: {
    runId: 'String',
    runUuid: 'String',
    runName: 'String',
    experimentId: 'String',
    userId: 'String',
    status: 'MlflowRunStatus',
    startTime: 'LongString',
    endTime: 'LongString',
    artifactUri: 'String',
    lifecycleStage: 'String',
  },
  MlflowRunData: {
    metrics: '[MlflowMetricExtension!]',
    params: '[MlflowParam!]',
    tags: '[MlflowRunTag!]',
  },
  MlflowMetricExtension: { ...point, ...measured },
  MlflowParam: pair,
  MlflowRunTag: pair,
  MlflowRunInputs: { datasetInputs: '[MlflowDatasetInput!]', modelInputs: '[MlflowModelInput!]' },
  MlflowDatasetInput: { tags: '[MlflowInputTag!]', dataset: 'MlflowDataset' },
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
  MlflowRunOutputs: { modelOutputs: '[MlflowModelOutput!]' },
  MlflowModelOutput: { modelId: 'String', step: 'LongString' },
  MlflowModelVersion: {
    name: 'String',
    version: 'String',
    creationTimestamp: 'LongString',
    lastUpdatedTimestamp: 'LongString',
    userId: 'String',
    currentStage: 'String',
    description: 'String',
    source: 'String',
    runId: 'String',
    status: 'MlflowModelVersionStatus',
    statusMessage: 'String',
    tags: '[MlflowModelVersionTag!]',
    runLink: 'String',
    aliases: '[String]',
    modelId: 'String',
    modelParams: '[MlflowModelParam!]',
    modelMetrics: '[MlflowModelMetric!]',
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
  MlflowFileInfo: { path: 'String', isDir: 'Boolean', fileSize: 'LongString' },
  MlflowMetricWithRunId: { ...point, runId: 'String' },
  MlflowDatasetSummary: {
    experimentId: 'String',
    name: 'String',
    digest: 'String',
    context: 'String',
  },
  MlflowGetExperimentResponse: { experiment: 'MlflowExperiment', ...apiError },
  MlflowGetRunResponse: { run: 'MlflowRunExtension', ...apiError },
  MlflowSearchRunsResponse: { runs: '[MlflowRunExtension!]', ...page, ...apiError },
  MlflowSearchModelVersionsResponse: {
    modelVersions: '[MlflowModelVersion!]',
    ...page,
    ...apiError,
  },
  MlflowGetMetricHistoryBulkIntervalResponse: { metrics: '[MlflowMetricWithRunId!]', ...apiError },
  MlflowListArtifactsResponse: {
    rootUri: 'String',
    files: '[MlflowFileInfo!]',
    ...page,
    ...apiError,
  },
  MlflowSearchDatasetsResponse: { datasetSummaries: '[MlflowDatasetSummary!]', ...apiError },
};

/** Messages of the REST endpoints, as arguments. */
export const INPUTS: Readonly<Record<string, FieldTypes>> = {
  MlflowGetExperimentInput: { experimentId: 'String' },
  MlflowGetRunInput: { runId: 'String', runUuid: 'String' },
  MlflowSearchRunsInput: {
    experimentIds: '[String]',
    filter: 'String',
    runViewType: 'MlflowViewType = null',
    maxResults: 'Int',
    orderBy: '[String]',
    pageToken: 'String',
  },
  MlflowGetMetricHistoryBulkIntervalInput: {
    runIds: '[String]',
    metricKey: 'String',
    startStep: 'Int',
    endStep: 'Int',
    maxResults: 'Int',
  },
  MlflowListArtifactsInput: {
    runId: 'String',
    runUuid: 'String',
    path: 'String',
    pageToken: 'String',
  },
  MlflowSearchModelVersionsInput: {
    filter: 'String',
    maxResults: 'LongString',
    orderBy: '[String]',
    pageToken: 'String',
  },
  MlflowSearchDatasetsInput: { experimentIds: '[String]' },
};

export const ENUMS: Readonly<Record<string, readonly string[]>> = {
  MlflowViewType: ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'],
  MlflowRunStatus: ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'],
  MlflowModelVersionStatus: ['PENDING_REGISTRATION', 'FAILED_REGISTRATION', 'READY'],
  MlflowDeploymentJobConnectionState: [
    'DEPLOYMENT_JOB_CONNECTION_STATE_UNSPECIFIED',
    'NOT_SET_UP',
    'CONNECTED',
    'NOT_FOUND',
    'REQUIRED_PARAMETERS_CHANGED',
  ],
  MlflowModelVersionDeploymentJobStateDeploymentJobRunState: [
    'DEPLOYMENT_JOB_RUN_STATE_UNSPECIFIED',
    'NO_VALID_DEPLOYMENT_JOB_FOUND',
    'RUNNING',
    'SUCCEEDED',
    'FAILED',
    'PENDING',
    'APPROVAL',
  ],
};

/** What the schema says of its parts to clients that ask for it. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  LongString: 'LongString Scalar type to prevent truncation to max integer in JavaScript.',
  'Query.test': 'Simple echoing field',
  'Mutation.testMutation': 'Simple echoing field',
  'Test.output': 'Echoes the input string',
  'TestMutation.output': 'Echoes the input string',
};

/** Values of fields that a message leaves out: those of a protocol buffer. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  String: '',
  LongString: '0',
  Float: 0,
  Boolean: false,
};

/**
 * What a field holds, by its type; enums and messages that are not set are null. NaN is null in metrics of
 * runs; elsewhere MLflow's GraphQL says that it is no number, and so does graphql-js.
 */
export function leaf(type: string, value: unknown, parent: string): unknown {
  if (value === undefined || value === null) return type.startsWith('[') ? [] : DEFAULTS[type];
  if (type === 'LongString') return String(value);
  if (type !== 'Float' || Number.isFinite(value)) return value;
  return parent === 'MlflowMetricExtension' ? null : Number.NaN;
}
