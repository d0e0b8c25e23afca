import { SYSTEM_ACTOR } from '../../shared/actor.ts';
import { systemClock } from '../../shared/clock.ts';
import type { OperationContext } from '../../shared/context.ts';
import { newId } from '../../shared/ids.ts';
import { PipelineDefined, PipelineDeleted } from '../events.ts';
import { dueSchema } from './schedule.ts';
import { startScheduled, startTriggered } from './start-by-cause.ts';
import { syncSchedule } from './sync-schedule.ts';
import { identityOf, type TriggeringEvent } from './trigger.ts';
import type { TriggerLookup } from './trigger-store.ts';

/** Takes a message of a schedule that is due, or an event of a bus. */
export async function startByMessage(message: unknown, find: TriggerLookup): Promise<void> {
  const due = dueSchema.safeParse(message);
  if (due.success) return startScheduled(due.data.schedule, contextOf(newId()));
  await onEvent(message as TriggeringEvent, find);
}

async function onEvent(event: TriggeringEvent, find: TriggerLookup): Promise<void> {
  if (event.source === PipelineDefined.source) await followDefinition(event);
  const pipelines = await find(event['detail-type']);
  const { correlationId = newId() } = (event.detail.metadata ?? {}) as { correlationId?: string };
  const context = contextOf(correlationId, identityOf(event));
  for (const pipeline of pipelines) await startTriggered(pipeline, event, context);
}

async function followDefinition(event: TriggeringEvent): Promise<void> {
  const definition = [PipelineDefined, PipelineDeleted].some(
    ({ type }) => type === event['detail-type'],
  );
  if (!definition) return;
  const { pipeline } = event.detail.data as { pipeline: string };
  await syncSchedule(pipeline);
}

const contextOf = (correlationId: string, causationId?: string): OperationContext => ({
  actor: SYSTEM_ACTOR,
  clock: systemClock,
  correlationId,
  ...(causationId !== undefined && { causationId }),
});
