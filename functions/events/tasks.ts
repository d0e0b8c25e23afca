import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { SYSTEM_ACTOR } from '../shared/actor.ts';
import { systemClock } from '../shared/clock.ts';
import type { OperationContext } from '../shared/context.ts';
import { metered } from '../shared/metering.ts';

/** What a state machine sends to a task function: `{task, input, correlation_id, causation_id}`. */
export interface TaskEvent {
  readonly task: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly correlation_id?: string;
  /** Name of the execution, which is the id of the event that started it. */
  readonly causation_id?: string;
}

type Task = (
  input: Readonly<Record<string, unknown>>,
  context: OperationContext,
) => Promise<unknown>;

/** Function called by state machines: the task's name chooses the operation. */
export function taskHandler(tasks: Readonly<Record<string, Task>>) {
  return middy<TaskEvent, unknown, Error, Context>()
    .use(metered())
    .handler(async (event: TaskEvent) => {
      const task = Object.hasOwn(tasks, event.task) ? tasks[event.task] : undefined;
      if (!task) throw new Error(`Unknown task ${event.task}`);
      return task(event.input, {
        actor: SYSTEM_ACTOR,
        clock: systemClock,
        correlationId: event.correlation_id ?? '',
        ...(event.causation_id && { causationId: event.causation_id }),
      });
    });
}
