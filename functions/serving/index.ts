/** The door of the serving domain. */
export { type BatchRun, getBatchRun } from './batch/batch-run.ts';
export { listInstances } from './deployment/instances.ts';
export type { Endpoint } from './endpoints/endpoint.ts';
export { endpointOfModel } from './endpoints/endpoint-of-model.ts';
export type { EmailNotifications } from './endpoints/endpoint-settings.ts';
export { endpointsServing, getEndpoint, getLive, listConfigs } from './endpoints/endpoint-store.ts';
export { permissionOf, requirePermission } from './endpoints/require-permission.ts';
export { servingFunctions } from './env.ts';
export { flavors } from './invoke/flavors.ts';
export { type LoadedModel, loadModel, nativeFlavor } from './invoke/load-model.ts';
export type { LogPayload, LogRow } from './invoke/log-entry.ts';
export { readLogPayload } from './invoke/log-store.ts';
export type { ScoreInPython } from './invoke/python-scorer.ts';
export { type RequestTable, toRequestTable } from './invoke/request-table.ts';
export { enforceSignature, type InputSpec, parseInputs } from './invoke/signature.ts';
export {
  clientRequestKey,
  LOG_SHARDS,
  labelSortKey,
  logGranularity,
  logPartition,
  requestSortKey,
  seriesOf,
  shardOf,
  timeOfRequest,
} from './log-key.ts';
export { countRequests } from './metrics/count-requests.ts';
export { labelColumns } from './rollout/trial-columns.ts';
