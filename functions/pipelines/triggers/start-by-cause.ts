import type { OperationContext } from '../../shared/context.ts';
import { idOf } from '../../shared/ids.ts';
import type { ExecutionCause } from '../executions/execution.ts';
import { skipExecution } from '../executions/request-execution.ts';
import { requestInTurn } from '../executions/request-in-turn.ts';
import type { Pipeline } from '../pipeline.ts';
import { getPipeline } from '../pipeline-store.ts';
import { chainOf } from './causal-chain.ts';
import type { DueSchedule } from './schedule.ts';
import { identityOf, matchingTrigger, type TriggeringEvent } from './trigger.ts';

/** Starts what is due. The execution is named after the time: a second delivery finds the first's. */
export async function startScheduled(due: DueSchedule, context: OperationContext): Promise<void> {
  const pipeline = await getPipeline(due.pipeline);
  const { schedule, time_zone = 'UTC' } = pipeline?.document ?? {};
  // A schedule that the definition does not have any more is being changed or deleted.
  if (!pipeline || schedule !== due.expression || time_zone !== due.time_zone) return;
  const at = new Date(due.scheduled_time);
  const time = at.toISOString();
  await start(
    pipeline,
    {
      id: idOf(at.getTime(), `${pipeline.name} ${time}`),
      reason: `schedule ${schedule} was due at ${time}`,
      cause: { type: 'schedule', scheduledTime: time, pipelines: [] },
    },
    context,
  );
}

/** Starts a pipeline if one of its triggers matches the event; once however often the event comes. */
export async function startTriggered(
  pipeline: Pipeline,
  event: TriggeringEvent,
  context: OperationContext,
): Promise<void> {
  const trigger = matchingTrigger(pipeline.document.triggers ?? [], event);
  if (trigger === undefined) return;
  const identity = identityOf(event);
  const time = Date.parse(event.time);
  await start(
    pipeline,
    {
      id: idOf(Number.isNaN(time) ? 0 : time, `${pipeline.name} ${identity}`),
      reason: `event ${event['detail-type']} of ${event.source}`,
      cause: {
        type: 'event',
        trigger,
        eventId: identity,
        source: event.source,
        detailType: event['detail-type'],
        pipelines: await chainOf(event),
      },
    },
    context,
  );
}

interface Start {
  readonly id: string;
  readonly reason: string;
  readonly cause: ExecutionCause;
}

async function start(pipeline: Pipeline, { id, reason, cause }: Start, context: OperationContext) {
  const request = { id, reason, cause, parameters: {}, document: pipeline.document };
  if (cause.pipelines.includes(pipeline.name)) {
    const chain = [...cause.pipelines].reverse().join(' > ');
    const why = `the event comes from an execution of this pipeline itself (${chain})`;
    await skipExecution(pipeline.name, request, { error: 'Loop', cause: why }, context);
  } else await requestInTurn(pipeline, request, context);
}
