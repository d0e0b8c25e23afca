import { randomUUID } from 'node:crypto';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import type { OutboxRow } from '../../../functions/events/outbox.ts';
import type { Invocation } from '../aws/function-services.ts';

/** The entry points, once the variables that they read are set. */
export async function loadFunctions() {
  const [serving, servingInvoke, rolloutTasks, batchTasks, servingTasks] = await Promise.all([
    import('../../../functions/serving/serving.lambda.ts'),
    import('../../../functions/serving/serving-invoke.lambda.ts'),
    import('../../../functions/serving/serving-rollout-tasks.lambda.ts'),
    import('../../../functions/serving/batch-inference-tasks.lambda.ts'),
    import('../../../functions/serving/serving-tasks.lambda.ts'),
  ]);
  const [monitoring, watch, approvals] = await Promise.all([
    import('../../../functions/monitoring/monitoring.lambda.ts'),
    import('../../../functions/monitoring/monitoring-watch.lambda.ts'),
    import('../../../functions/approvals/approvals.lambda.ts'),
  ]);
  const [pipelines, tasks, triggers] = await Promise.all([
    import('../../../functions/pipelines/pipelines.lambda.ts'),
    import('../../../functions/pipelines/pipelines-tasks.lambda.ts'),
    import('../../../functions/pipelines/pipelines-triggers.lambda.ts'),
  ]);
  return {
    serving: serving.handler,
    'serving-invoke': servingInvoke.handler,
    'serving-rollout-tasks': rolloutTasks.handler,
    'batch-inference-tasks': batchTasks.handler,
    'serving-tasks': servingTasks.handler,
    monitoring: monitoring.handler,
    'monitoring-watch': watch.handler,
    approvals: approvals.handler,
    pipelines: pipelines.handler,
    'pipelines-tasks': tasks.handler,
    'pipelines-triggers': triggers.handler,
  };
}

export type Functions = Awaited<ReturnType<typeof loadFunctions>>;

/** Who consumes an event, besides the function that starts pipelines by all of them. */
const CONSUMERS: Readonly<Record<string, keyof Functions>> = {
  RolloutStarted: 'serving',
  RolloutSuperseded: 'serving',
  RolloutAborted: 'serving',
  RolloutPromoted: 'serving',
  ApprovalGranted: 'approvals',
  ApprovalDenied: 'approvals',
  ApprovalExpired: 'approvals',
  ModelAliasMoved: 'serving',
  EndpointConfigChanged: 'serving',
  EndpointRolledBack: 'serving',
  EndpointSettingsChanged: 'serving',
  ScorerPrepared: 'serving',
  ScorerFailed: 'serving',
  WindowClosed: 'monitoring',
  WindowAmended: 'monitoring',
  TrainingRequested: 'pipelines',
  DriftDetected: 'pipelines',
  QualityDegraded: 'pipelines',
};

/** Brings an event to its consumers, as rule and queue do. */
export async function deliverEvent(functions: Functions, row: OutboxRow): Promise<void> {
  const detail = JSON.parse(row.detail) as { metadata: { time: string } };
  // The bus gives each publication an id of its own.
  const event = {
    id: randomUUID(),
    source: row.source,
    'detail-type': row.detailType,
    time: detail.metadata.time,
    detail,
  };
  await consume(functions['pipelines-triggers'], event);
  const consumer = CONSUMERS[row.detailType];
  if (consumer) await consume(functions[consumer], event);
}

/** Brings a message to a function, as its queue does. Throws when it was not handled. */
export async function consume(handler: unknown, message: object): Promise<void> {
  const event = { Records: [{ messageId: '1', body: JSON.stringify(message) }] };
  const call = handler as (event: object, context: Context) => Promise<SQSBatchResponse>;
  const { batchItemFailures } = await call(event, {} as Context);
  if (batchItemFailures.length > 0) throw new Error(`${JSON.stringify(message)} was not handled`);
}

/** Calls a function by its name, as Lambda does. */
export async function invokeFunction(
  functions: Readonly<Record<string, unknown>> | undefined,
  name: string,
  payload: string,
): Promise<Invocation> {
  try {
    const handler: unknown = functions?.[name];
    if (!handler) throw new Error(`No function ${name}`);
    const call = handler as (event: object, context: Context) => Promise<unknown>;
    return { payload: JSON.stringify((await call(JSON.parse(payload), {} as Context)) ?? null) };
  } catch (error) {
    const { name: errorType, message: errorMessage } = error as Error;
    return { payload: JSON.stringify({ errorType, errorMessage }), functionError: 'Unhandled' };
  }
}
