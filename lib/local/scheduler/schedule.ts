import * as z from 'zod';
import { parseExpression } from '../../../functions/shared/schedule/expression.ts';
import { retryPolicy } from '../eventbridge/rule.ts';
import type { PropertySpec } from '../service.ts';
import { arn } from '../shared/arn.ts';

/** A point in time: epoch seconds from an SDK, ISO 8601 from a template. */
const time = z
  .union([z.number(), z.iso.datetime({ offset: true })])
  .transform((value) => (typeof value === 'number' ? value : Date.parse(value) / 1000));

const target = z.strictObject({
  Arn: z.string().min(1),
  RoleArn: z.string().min(1),
  Input: z.string().optional(),
  DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
  RetryPolicy: retryPolicy,
  EventBridgeParameters: z.object({ DetailType: z.string(), Source: z.string() }).optional(),
});

export const DEFAULT_GROUP = 'default';

/** A schedule as the API and the template give it; dates in epoch seconds. */
export const scheduleDefinition = z
  .object({
    Name: z.string().regex(/^[\w.-]{1,64}$/, 'must have 1 to 64 letters, digits, - _ .'),
    GroupName: z.string().default(DEFAULT_GROUP),
    Description: z.string().max(512).optional(),
    ScheduleExpression: z.string(),
    ScheduleExpressionTimezone: z.string().default('UTC'),
    StartDate: time.optional(),
    EndDate: time.optional(),
    FlexibleTimeWindow: z.strictObject({
      Mode: z.literal('OFF', 'only OFF is supported locally'),
    }),
    State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
    ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
    Target: target,
  })
  .superRefine((schedule, context) => {
    const report = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    try {
      parseExpression(schedule.ScheduleExpression, schedule.ScheduleExpressionTimezone);
    } catch (error) {
      report('ScheduleExpression', error instanceof Error ? error.message : String(error));
    }
    const { Target } = schedule;
    const service = Target.Arn.split(':')[2] ?? '';
    if (!['lambda', 'sqs', 'states', 'events'].includes(service)) {
      report('Target', `${Target.Arn} is not supported locally`);
    }
    if (service === 'events' && !Target.EventBridgeParameters) {
      report('Target', 'an event bus needs EventBridgeParameters');
    }
    if (service !== 'sqs' && Target.Input !== undefined && !isJson(Target.Input)) {
      report('Target', 'Input must be JSON');
    }
  });

export type ScheduleDefinition = z.infer<typeof scheduleDefinition>;

export const SCHEDULE_PROPERTIES: PropertySpec = {
  Name: true,
  GroupName: true,
  Description: true,
  ScheduleExpression: true,
  ScheduleExpressionTimezone: true,
  StartDate: true,
  EndDate: true,
  FlexibleTimeWindow: { Mode: true },
  KmsKeyArn: 'ignored',
  State: true,
  ActionAfterCompletion: true,
  Target: {
    Arn: true,
    RoleArn: true,
    Input: true,
    DeadLetterConfig: { Arn: true },
    RetryPolicy: { MaximumEventAgeInSeconds: true, MaximumRetryAttempts: true },
    EventBridgeParameters: { DetailType: true, Source: true },
  },
};

/** Schedules of different groups may have the same name. */
export interface ScheduleId {
  readonly GroupName: string;
  readonly Name: string;
}

export const scheduleArn = ({ GroupName, Name }: ScheduleId) =>
  arn('scheduler', `schedule/${GroupName}/${Name}`);

export const GROUP_PROPERTIES: PropertySpec = { Name: true, Tags: 'ignored' };

export const groupArn = (name: string) => arn('scheduler', `schedule-group/${name}`);

/**
 * The first run after `after`, within the schedule's dates, which a one-time schedule ignores; undefined
 * when there is none. `anchor`: when the schedule was made or changed; a rate without a start date runs for
 * the first time then. Times in epoch milliseconds.
 */
export function nextRun(
  schedule: ScheduleDefinition,
  after: number,
  anchor: number,
): number | undefined {
  const { StartDate: start, EndDate: end, ScheduleExpressionTimezone: timezone } = schedule;
  if (schedule.State === 'DISABLED') return undefined;
  const expression = parseExpression(schedule.ScheduleExpression, timezone);
  if (expression.once) return expression.next(after, anchor);
  const next =
    start === undefined
      ? expression.next(after, anchor)
      : expression.next(Math.max(after, start * 1000 - 1), start * 1000);
  return next === undefined || (end !== undefined && next > end * 1000) ? undefined : next;
}

/** Whether a one-time schedule has had its run, and `schedule` asks for the same one. */
export function isOver(
  before: { readonly definition: ScheduleDefinition; readonly next: number | undefined },
  schedule: ScheduleDefinition,
): boolean {
  const { ScheduleExpression: text, ScheduleExpressionTimezone: timezone } = schedule;
  const { definition } = before;
  return (
    before.next === undefined &&
    definition.State === 'ENABLED' &&
    definition.ScheduleExpression === text &&
    definition.ScheduleExpressionTimezone === timezone &&
    parseExpression(text, timezone).once
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
