import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { parseExpression } from '../../shared/schedule/expression.ts';
import { isTimeZone } from '../../shared/schedule/time-zone.ts';
import type { Pipeline } from '../pipeline.ts';

/** `cron(…)`, `rate(…)` or `at(…)`, as EventBridge Scheduler takes them. */
export const scheduleExpression = z.string().check(
  z.superRefine((text, context) => {
    try {
      parseExpression(text, 'UTC');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', message });
    }
  }),
);

export const timeZone = z
  .string()
  .check(z.refine(isTimeZone, 'must be a time zone of the IANA data base such as Europe/Berlin'));

/** What a schedule sends when it is due. */
export const dueSchema = z.object({
  schedule: z.object({
    pipeline: z.string(),
    expression: z.string(),
    time_zone: z.string(),
    /** ISO 8601 to the second: when it was due, not when it came. */
    scheduled_time: z.iso.datetime({ offset: true }),
  }),
});

export type DueSchedule = z.infer<typeof dueSchema>['schedule'];

/** A schedule of EventBridge Scheduler, less what is the same for all of them. */
export interface PipelineSchedule {
  readonly name: string;
  readonly expression: string;
  readonly timeZone: string;
  readonly input: string;
}

export function scheduleOf({ name, document }: Pipeline): PipelineSchedule | undefined {
  const { schedule, time_zone = 'UTC' } = document;
  if (schedule === undefined) return undefined;
  const due: DueSchedule = {
    pipeline: name,
    expression: schedule,
    time_zone,
    scheduled_time: '<aws.scheduler.scheduled-time>',
  };
  return {
    name: scheduleName(name),
    expression: schedule,
    timeZone: time_zone,
    input: JSON.stringify({ schedule: due }),
  };
}

/** Scheduler's limit of a name is shorter than a pipeline's. */
const MAX_NAME = 64;

export function scheduleName(pipeline: string): string {
  if (pipeline.length <= MAX_NAME) return pipeline;
  const digest = createHash('sha256').update(pipeline).digest('hex').slice(0, 16);
  return `${pipeline.slice(0, MAX_NAME - 17)}-${digest}`;
}
