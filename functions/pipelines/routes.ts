import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

const PIPELINE = '/api/slipway/v1/pipelines/{name}';
const EXECUTION = '/api/slipway/v1/executions/{id}';

export const pipelinesRoutes = defineRoutes([
  { operation: 'putPipeline', method: 'PUT', path: PIPELINE, fn: 'pipelines' },
  { operation: 'getPipeline', method: 'GET', path: PIPELINE, fn: 'pipelines' },
  { operation: 'deletePipeline', method: 'DELETE', path: PIPELINE, fn: 'pipelines' },
  { operation: 'startExecution', method: 'POST', path: `${PIPELINE}/executions`, fn: 'pipelines' },
  { operation: 'listExecutions', method: 'GET', path: `${PIPELINE}/executions`, fn: 'pipelines' },
  { operation: 'getExecution', method: 'GET', path: EXECUTION, fn: 'pipelines' },
  { operation: 'stopExecution', method: 'POST', path: `${EXECUTION}/stop`, fn: 'pipelines' },
  { operation: 'retryExecution', method: 'POST', path: `${EXECUTION}/retry`, fn: 'pipelines' },
]);

export const pipelinesGateway: readonly GatewayRoute[] = [
  { fn: 'pipelines', key: 'ANY /api/slipway/v1/pipelines/{proxy+}' },
  { fn: 'pipelines', key: 'ANY /api/slipway/v1/executions/{proxy+}' },
];
