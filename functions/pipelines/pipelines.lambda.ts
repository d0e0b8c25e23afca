import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { DriftDetected, QualityDegraded } from '../monitoring/events.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi, parseJson } from '../shared/http/json-api.ts';
import { deletePipeline } from './delete-pipeline.ts';
import { TrainingRequested } from './events.ts';
import { getExecutionDescription } from './executions/get-execution.ts';
import { listExecutions } from './executions/list-executions.ts';
import { retryExecution } from './executions/retry-execution.ts';
import { startExecution } from './executions/start-execution.ts';
import { stopExecution } from './executions/stop-execution.ts';
import { getPipelineDescription } from './get-pipeline.ts';
import { putPipeline } from './put-pipeline.ts';
import { decideRetraining } from './retraining/decide-retraining.ts';
import { pipelinesRoutes } from './routes.ts';
import { launchTraining } from './training/launch-training.ts';

const http = jsonApi(pipelinesRoutes, 'pipelines', {
  putPipeline: ({ params, body }, context) =>
    putPipeline(params.name ?? '', parseJson(body), context),
  getPipeline: ({ params }) => getPipelineDescription(params.name ?? ''),
  deletePipeline: ({ params }, context) => deletePipeline(params.name ?? '', context),
  startExecution: ({ params, body }, context) =>
    startExecution(params.name ?? '', parseJson(body), context),
  listExecutions: ({ params, query }) => listExecutions(params.name ?? '', query),
  getExecution: ({ params }) => getExecutionDescription(params.id ?? ''),
  stopExecution: ({ params }, context) => stopExecution(params.id ?? '', context),
  retryExecution: ({ params }, context) => retryExecution(params.id ?? '', context),
});

const events = consumeEvents([
  on(TrainingRequested, launchTraining),
  on(DriftDetected, decideRetraining),
  on(QualityDegraded, decideRetraining),
]);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
