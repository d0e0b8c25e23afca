/** Who may do something to a model, or an experiment, that has a list of permissions, besides admins. */
export type Decision =
  /** Everybody with a token. */
  | 'anyone'
  /** Who has the level on the model or the experiment, or a higher one. */
  | 'CAN_READ'
  | 'CAN_EDIT'
  | 'CAN_MANAGE_STAGING_VERSIONS'
  | 'CAN_MANAGE_PRODUCTION_VERSIONS'
  | 'CAN_MANAGE'
  /** As the level before, and programs: they may take back, not let pass. */
  | 'CAN_MANAGE_PRODUCTION_VERSIONS or a program'
  /** Nobody but admins. */
  | 'admins'
  /** Who wrote the comment. */
  | 'author'
  /** Whom the policy names; admins only when it does. */
  | 'approvers'
  | 'approvers who are people'
  /** Who has the link. */
  | 'open';

const byDecision = (operations: Partial<Readonly<Record<Decision, readonly string[]>>>) =>
  Object.fromEntries(
    (Object.keys(operations) as Decision[]).flatMap((decision) =>
      (operations[decision] ?? []).map((operation) => [operation, decision] as const),
    ),
  );

/** By domain and operation: a route without a decision is an error. */
export const DECISIONS: Readonly<Record<string, Readonly<Record<string, Decision>>>> = {
  registry: byDecision({
    anyone: [
      'createRegisteredModel',
      'getRegisteredModel',
      'searchRegisteredModels',
      'getLatestVersions',
      'getModelVersionByAlias',
      'getModelVersion',
      'getModelVersionDownloadUri',
      'searchModelVersions',
      'listRegisteredModels',
      'getModelPermissionLevels',
      'createUnityModel',
      'listUnityModels',
      'getUnityModel',
      'getUnityVersionByAlias',
      'listUnityVersions',
      'getUnityVersion',
    ],
    CAN_READ: [
      'getDatabricksModel',
      'createTransitionRequest',
      'listTransitionRequests',
      'listActivities',
      'createComment',
      'getModelPermissions',
      'getLineage',
    ],
    CAN_EDIT: [
      'updateRegisteredModel',
      'setRegisteredModelTag',
      'deleteRegisteredModelTag',
      'createModelVersion',
      'updateModelVersion',
      'setModelVersionTag',
      'deleteModelVersionTag',
      'updateUnityVersion',
    ],
    CAN_MANAGE_STAGING_VERSIONS: [
      'transitionModelVersionStage',
      'transitionDatabricksStage',
      'approveTransitionRequest',
      'rejectTransitionRequest',
      'deleteTransitionRequest',
    ],
    CAN_MANAGE_PRODUCTION_VERSIONS: [
      'setRegisteredModelAlias',
      'deleteRegisteredModelAlias',
      'setUnityAlias',
      'deleteUnityAlias',
    ],
    CAN_MANAGE: [
      'renameRegisteredModel',
      'deleteRegisteredModel',
      'deleteModelVersion',
      'setModelPermissions',
      'updateModelPermissions',
      'updateUnityModel',
      'deleteUnityModel',
      'deleteUnityVersion',
    ],
    author: ['updateComment', 'deleteComment'],
  }),
  webhooks: {
    createWebhook: 'admins',
    listWebhooks: 'anyone',
    getWebhook: 'anyone',
    updateWebhook: 'admins',
    deleteWebhook: 'admins',
    testWebhook: 'admins',
    createRegistryWebhook: 'CAN_MANAGE',
    listRegistryWebhooks: 'CAN_MANAGE',
    updateRegistryWebhook: 'CAN_MANAGE',
    deleteRegistryWebhook: 'CAN_MANAGE',
    testRegistryWebhook: 'CAN_MANAGE',
    listDeliveries: 'admins',
    getDelivery: 'admins',
    replayDelivery: 'admins',
  },
  policies: { putPolicy: 'CAN_MANAGE', getPolicy: 'anyone', deletePolicy: 'CAN_MANAGE' },
  promotion: {
    listPromotions: 'anyone',
    getPromotion: 'anyone',
    revertPromotion: 'CAN_MANAGE_PRODUCTION_VERSIONS or a program',
  },
  approvals: {
    listApprovals: 'anyone',
    getApproval: 'anyone',
    approve: 'approvers who are people',
    deny: 'approvers',
    createLink: 'approvers',
    showLink: 'open',
    answerByLink: 'open',
  },
  validation: { getValidation: 'anyone' },
  events: { listEvents: 'anyone', exportEvents: 'anyone' },
  pipelines: {
    putPipeline: 'anyone',
    getPipeline: 'anyone',
    deletePipeline: 'anyone',
    startExecution: 'anyone',
    listExecutions: 'anyone',
    getExecution: 'anyone',
    stopExecution: 'anyone',
    retryExecution: 'anyone',
  },
  tracking: {
    createExperiment: 'anyone',
    getExperiment: 'anyone',
    getExperimentByName: 'anyone',
    searchExperiments: 'anyone',
    updateExperiment: 'CAN_MANAGE',
    deleteExperiment: 'CAN_MANAGE',
    restoreExperiment: 'CAN_MANAGE',
    setExperimentTag: 'CAN_EDIT',
    deleteExperimentTag: 'CAN_EDIT',
    createRun: 'CAN_EDIT',
    getRun: 'anyone',
    updateRun: 'CAN_EDIT',
    deleteRun: 'CAN_EDIT',
    restoreRun: 'CAN_EDIT',
    searchRuns: 'anyone',
    deleteTag: 'CAN_EDIT',
    logInputs: 'CAN_EDIT',
    logOutputs: 'CAN_EDIT',
    logModel: 'CAN_EDIT',
    getMetricHistory: 'anyone',
    getMetricHistoryBulkInterval: 'anyone',
    getMetricHistoryBulk: 'anyone',
    searchDatasets: 'anyone',
    setTag: 'CAN_EDIT',
    logBatch: 'CAN_EDIT',
    logMetric: 'CAN_EDIT',
    logParameter: 'CAN_EDIT',
    listExperiments: 'anyone',
    deleteRuns: 'CAN_EDIT',
    restoreRuns: 'CAN_EDIT',
    getExperimentPermissionLevels: 'anyone',
    getExperimentPermissions: 'CAN_READ',
    setExperimentPermissions: 'CAN_MANAGE',
    updateExperimentPermissions: 'CAN_MANAGE',
    getHealth: 'anyone',
    getVersion: 'anyone',
    getServerInfo: 'anyone',
  },
  'logged-models': {
    createLoggedModel: 'CAN_EDIT',
    searchLoggedModels: 'anyone',
    getLoggedModel: 'anyone',
    finalizeLoggedModel: 'CAN_EDIT',
    deleteLoggedModel: 'CAN_EDIT',
    setLoggedModelTags: 'CAN_EDIT',
    deleteLoggedModelTag: 'CAN_EDIT',
    logLoggedModelParams: 'CAN_EDIT',
  },
  traces: {
    startTrace: 'CAN_EDIT',
    searchTraces: 'anyone',
    getTrace: 'anyone',
    batchGetTraces: 'anyone',
    batchGetTraceInfos: 'anyone',
    deleteTraces: 'CAN_EDIT',
    calculateFilterCorrelation: 'anyone',
    queryTraceMetrics: 'anyone',
    getTraceInfo: 'anyone',
    setTraceTag: 'CAN_EDIT',
    deleteTraceTag: 'CAN_EDIT',
    createAssessment: 'CAN_EDIT',
    getAssessment: 'anyone',
    updateAssessment: 'CAN_EDIT',
    deleteAssessment: 'CAN_EDIT',
    startTraceV2: 'CAN_EDIT',
    searchTracesV2: 'anyone',
    linkTracesToRun: 'CAN_EDIT',
    linkPromptsToTrace: 'CAN_EDIT',
    endTraceV2: 'CAN_EDIT',
    getTraceInfoV2: 'anyone',
    setTraceTagV2: 'CAN_EDIT',
    deleteTraceTagV2: 'CAN_EDIT',
    exportSpans: 'CAN_EDIT',
  },
  auth: { createToken: 'admins', listTokens: 'admins', revokeToken: 'admins' },
};

/** Domains whose routes have nothing to do with models, and where their decisions are. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  serving: 'endpoints have permissions of their own: endpoint-decisions.ts',
  monitoring: 'those of the endpoint',
  costs: 'those of the endpoint',
  evaluation: 'everybody with a token, as in MLflow',
  artifacts: 'everybody with a token, as in MLflow',
  graphql: 'everybody with a token, as in MLflow',
};
