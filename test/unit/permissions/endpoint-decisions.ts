import type { servingOperations } from '../../../functions/serving/operations.ts';

/** Who may do something with an endpoint that has a list of permissions. */
export type EndpointDecision =
  /** Everybody with a token. */
  | 'anyone'
  /** Who has the level on the endpoint, or a higher one. */
  | 'CAN_VIEW'
  | 'CAN_MANAGE'
  /** As the level, and programs that were given it: they may take back, not let pass. */
  | 'CAN_MANAGE or a program';

type Operation = keyof typeof servingOperations;

/** Every operation but those of the data path, which `../serving/invoke` has. */
export const ENDPOINT_DECISIONS: Readonly<Record<Operation, EndpointDecision>> = {
  createEndpoint: 'anyone',
  createProvisionedThroughput: 'anyone',
  updateProvisionedThroughput: 'anyone',
  listEndpoints: 'anyone',
  getEndpoint: 'CAN_VIEW',
  deleteEndpoint: 'CAN_MANAGE',
  updateEndpointConfig: 'CAN_MANAGE',
  listEndpointConfigs: 'CAN_VIEW',
  diffEndpointConfigs: 'CAN_VIEW',
  patchTags: 'CAN_MANAGE',
  putRateLimits: 'CAN_MANAGE',
  patchTelemetry: 'CAN_MANAGE',
  putAiGateway: 'CAN_MANAGE',
  updateNotifications: 'CAN_MANAGE',
  exportMetrics: 'CAN_VIEW',
  getBuildLogs: 'CAN_MANAGE',
  getServedModelLogs: 'CAN_MANAGE',
  getPermissionLevels: 'CAN_VIEW',
  getPermissions: 'CAN_VIEW',
  setPermissions: 'CAN_MANAGE',
  updatePermissions: 'CAN_MANAGE',
  rollbackEndpoint: 'CAN_MANAGE',
  createBatch: 'anyone',
  getBatch: 'anyone',
  getPrediction: 'anyone',
  retryBatch: 'anyone',
  createRollout: 'CAN_MANAGE',
  listRollouts: 'CAN_VIEW',
  getRollout: 'CAN_VIEW',
  abortRollout: 'CAN_MANAGE or a program',
  promoteRollout: 'CAN_MANAGE',
};
