import { DomainError } from '../shared/errors.ts';
import { type JsonOperation, parseJson } from '../shared/http/json-api.ts';
import { describeBatch } from './batch/batch.ts';
import { createBatch, existingBatch, getPrediction, retryBatch } from './batch/create-batch.ts';
import { createEndpoint } from './endpoints/create-endpoint.ts';
import { deleteEndpoint } from './endpoints/delete-endpoint.ts';
import { diffEndpointConfigs } from './endpoints/diff-configs.ts';
import {
  getPermissionLevels,
  getPermissions,
  setPermissions,
  updatePermissions,
} from './endpoints/endpoint-permissions.ts';
import {
  getEndpointDescription,
  listEndpointConfigs,
  listEndpoints,
} from './endpoints/get-endpoint.ts';
import { patchTags } from './endpoints/patch-tags.ts';
import { patchTelemetry } from './endpoints/patch-telemetry.ts';
import { putAiGateway } from './endpoints/put-ai-gateway.ts';
import { putRateLimits } from './endpoints/put-rate-limits.ts';
import { rollbackEndpoint } from './endpoints/rollback-endpoint.ts';
import { updateEndpointConfig } from './endpoints/update-endpoint-config.ts';
import { updateNotifications } from './endpoints/update-notifications.ts';
import { exportMetrics } from './metrics/export-metrics.ts';
import { getBuildLogs, getServedModelLogs } from './preparation/get-served-model-logs.ts';
import { createRollout } from './rollout/create-rollout.ts';
import { endRollout, getRolloutDescription, listRollouts } from './rollout/get-rollout.ts';

/** Of foundation models that Databricks serves itself. */
const provisionedThroughput = async (): Promise<never> => {
  const message = 'Provisioned throughput is not served here: there are no foundation models';
  throw new DomainError('NOT_IMPLEMENTED', message);
};

/** The operations of `routes.ts` that the function `serving` hosts. */
export const servingOperations = {
  createEndpoint: ({ body }, context) => createEndpoint(parseJson(body), context),
  createProvisionedThroughput: provisionedThroughput,
  updateProvisionedThroughput: provisionedThroughput,
  listEndpoints: (_request, context) => listEndpoints(context),
  getEndpoint: ({ params }, context) => getEndpointDescription(params.name ?? '', context),
  deleteEndpoint: ({ params }, context) => deleteEndpoint(params.name ?? '', context),
  updateEndpointConfig: ({ params, body }, context) =>
    updateEndpointConfig(params.name ?? '', parseJson(body), context),
  listEndpointConfigs: ({ params }, context) => listEndpointConfigs(params.name ?? '', context),
  diffEndpointConfigs: ({ params, query }, context) =>
    diffEndpointConfigs(params.name ?? '', query, context),
  patchTags: ({ params, body }, context) => patchTags(params.name ?? '', parseJson(body), context),
  putRateLimits: ({ params, body }, context) =>
    putRateLimits(params.name ?? '', parseJson(body), context),
  putAiGateway: ({ params, body }, context) =>
    putAiGateway(params.name ?? '', parseJson(body), context),
  updateNotifications: ({ params, body }, context) =>
    updateNotifications(params.name ?? '', parseJson(body), context),
  patchTelemetry: ({ params, body }, context) =>
    patchTelemetry(params.name ?? '', parseJson(body), context),
  exportMetrics: ({ params }, context) => exportMetrics(params.name ?? '', context),
  getBuildLogs: ({ params }, context) =>
    getBuildLogs(params.name ?? '', params.served_model ?? '', context),
  getServedModelLogs: ({ params }, context) =>
    getServedModelLogs(params.name ?? '', params.served_model ?? '', context),
  getPermissionLevels: ({ params }, context) => getPermissionLevels(params.id ?? '', context),
  getPermissions: ({ params }, context) => getPermissions(params.id ?? '', context),
  setPermissions: ({ params, body }, context) =>
    setPermissions(params.id ?? '', parseJson(body), context),
  updatePermissions: ({ params, body }, context) =>
    updatePermissions(params.id ?? '', parseJson(body), context),
  rollbackEndpoint: ({ params, body }, context) =>
    rollbackEndpoint(params.name ?? '', parseJson(body), context),
  createBatch: ({ body }, context) => createBatch(parseJson(body), context),
  getBatch: async ({ params }) => describeBatch(await existingBatch(params.id ?? '')),
  getPrediction: ({ params, query }) => getPrediction(params.id ?? '', query.key),
  retryBatch: ({ params }, context) => retryBatch(params.id ?? '', context),
  createRollout: ({ params, body }, context) =>
    createRollout(params.name ?? '', parseJson(body), context),
  listRollouts: ({ params, query }, context) => listRollouts(params.name ?? '', query, context),
  getRollout: ({ params: { name = '', id = '' } }, context) =>
    getRolloutDescription(name, id, context),
  abortRollout: ({ params: { name = '', id = '' }, body }, context) =>
    endRollout({ name, id, promote: false }, parseJson(body), context),
  promoteRollout: ({ params: { name = '', id = '' }, body }, context) =>
    endRollout({ name, id, promote: true }, parseJson(body), context),
} satisfies Record<string, JsonOperation>;
