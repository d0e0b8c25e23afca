/** Who may do something to a model that has a list of permissions, besides admins. */
export type Decision =
  /** Everybody with a token. */
  | 'anyone'
  /** Who has the level on the model, or a higher one. */
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

/** By domain and operation: a route without a decision is an error. */
export const DECISIONS: Readonly<Record<string, Readonly<Record<string, Decision>>>> = {
  registry: {
    createRegisteredModel: 'anyone',
    renameRegisteredModel: 'CAN_MANAGE',
    updateRegisteredModel: 'CAN_EDIT',
    deleteRegisteredModel: 'CAN_MANAGE',
    getRegisteredModel: 'anyone',
    searchRegisteredModels: 'anyone',
    getLatestVersions: 'anyone',
    setRegisteredModelTag: 'CAN_EDIT',
    deleteRegisteredModelTag: 'CAN_EDIT',
    setRegisteredModelAlias: 'CAN_MANAGE_PRODUCTION_VERSIONS',
    deleteRegisteredModelAlias: 'CAN_MANAGE_PRODUCTION_VERSIONS',
    getModelVersionByAlias: 'anyone',
    createModelVersion: 'CAN_EDIT',
    getModelVersion: 'anyone',
    getModelVersionDownloadUri: 'anyone',
    updateModelVersion: 'CAN_EDIT',
    transitionModelVersionStage: 'CAN_MANAGE_STAGING_VERSIONS',
    deleteModelVersion: 'CAN_MANAGE',
    searchModelVersions: 'anyone',
    setModelVersionTag: 'CAN_EDIT',
    deleteModelVersionTag: 'CAN_EDIT',
    listRegisteredModels: 'anyone',
    getDatabricksModel: 'CAN_READ',
    transitionDatabricksStage: 'CAN_MANAGE_STAGING_VERSIONS',
    createTransitionRequest: 'CAN_READ',
    approveTransitionRequest: 'CAN_MANAGE_STAGING_VERSIONS',
    rejectTransitionRequest: 'CAN_MANAGE_STAGING_VERSIONS',
    deleteTransitionRequest: 'CAN_MANAGE_STAGING_VERSIONS',
    listTransitionRequests: 'CAN_READ',
    listActivities: 'CAN_READ',
    createComment: 'CAN_READ',
    updateComment: 'author',
    deleteComment: 'author',
    getModelPermissionLevels: 'anyone',
    getModelPermissions: 'CAN_READ',
    setModelPermissions: 'CAN_MANAGE',
    updateModelPermissions: 'CAN_MANAGE',
    createUnityModel: 'anyone',
    listUnityModels: 'anyone',
    getUnityModel: 'anyone',
    updateUnityModel: 'CAN_MANAGE',
    deleteUnityModel: 'CAN_MANAGE',
    setUnityAlias: 'CAN_MANAGE_PRODUCTION_VERSIONS',
    deleteUnityAlias: 'CAN_MANAGE_PRODUCTION_VERSIONS',
    getUnityVersionByAlias: 'anyone',
    listUnityVersions: 'anyone',
    getUnityVersion: 'anyone',
    updateUnityVersion: 'CAN_EDIT',
    deleteUnityVersion: 'CAN_MANAGE',
    getLineage: 'CAN_READ',
  },
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
  auth: { createToken: 'admins', listTokens: 'admins', revokeToken: 'admins' },
};

/** Domains whose routes have nothing to do with models, and where their decisions are. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  serving: 'endpoints have permissions of their own: endpoint-decisions.ts',
  monitoring: 'those of the endpoint',
  costs: 'those of the endpoint',
  tracking: 'everybody with a token, as in MLflow',
  'logged-models': 'everybody with a token, as in MLflow',
  traces: 'everybody with a token, as in MLflow',
  evaluation: 'everybody with a token, as in MLflow',
  artifacts: 'everybody with a token, as in MLflow',
  graphql: 'everybody with a token, as in MLflow',
};
