import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents } from '../events/consume.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi, parseJson } from '../shared/http/json-api.ts';
import { deletePipeline } from './delete-pipeline.ts';
import { getExecutionDescription } from './executions/get-execution.ts';
import { listExecutions } from './executions/list-executions.ts';
import { retryExecution } from './executions/retry-execution.ts';
import { settleExecution } from './executions/settle-execution.ts';
import { startExecution } from './executions/start-execution.ts';
import { stopExecution } from './executions/stop-execution.ts';
import { getPipelineDescription } from './get-pipeline.ts';
import { putPipeline } from './put-pipeline.ts';
import { pipelineReactions } from './reactions.ts';
import { pipelinesRoutes } from './routes.ts';

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

const events = consumeEvents(pipelineReactions, settleExecution);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
