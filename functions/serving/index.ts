/** The door of the serving domain. */
export { countRequests } from './count-requests.ts';
export { listInstances } from './deployment/instances.ts';
export type { Endpoint } from './endpoint.ts';
export type { EmailNotifications } from './endpoint-settings.ts';
export { endpointsServing, getEndpoint, getLive } from './endpoint-store.ts';
export { servingFunctions } from './env.ts';
export { flavors } from './invoke/flavors.ts';
export { type LoadedModel, loadModel, nativeFlavor } from './invoke/load-model.ts';
export type { LogPayload, LogRow } from './invoke/log-entry.ts';
export { readLogPayload } from './invoke/log-store.ts';
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
export { permissionOf, requirePermission } from './permission.ts';
export { labelColumns } from './rollout/trial-columns.ts';
