import * as z from 'zod';
import { parseExpression } from '../../../functions/shared/schedule/expression.ts';
import { retryPolicy } from '../deliveries/retry-policy.ts';
import type { PropertySpec } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { messageOf } from '../shared/message-of.ts';

const target = z.strictObject({
  Arn: z.string().min(1),
  RoleArn: z.string().min(1),
  Input: z.string().optional(),
  DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
  RetryPolicy: retryPolicy,
});

export const DEFAULT_GROUP = 'default';

/** A schedule as the API and the template give it. */
export const scheduleDefinition = z
  .strictObject({
    Name: z.string().regex(/^[\w.-]{1,64}$/, 'must have 1 to 64 letters, digits, - _ .'),
    GroupName: z.string().default(DEFAULT_GROUP),
    Description: z.string().max(512).optional(),
    ScheduleExpression: z.string(),
    ScheduleExpressionTimezone: z.string().default('UTC'),
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
      report('ScheduleExpression', messageOf(error));
    }
    const { Target } = schedule;
    const service = Target.Arn.split(':')[2] ?? '';
    if (!['lambda', 'sqs', 'states'].includes(service)) {
      report('Target', `${Target.Arn} is not supported locally`);
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
  FlexibleTimeWindow: { Mode: true },
  State: true,
  ActionAfterCompletion: true,
  Target: {
    Arn: true,
    RoleArn: true,
    Input: true,
    DeadLetterConfig: { Arn: true },
    RetryPolicy: { MaximumEventAgeInSeconds: true, MaximumRetryAttempts: true },
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
 * The first run after `after`; undefined when there is none. `anchor`: when the schedule was made or changed; a
 * rate runs for the first time then. Times in epoch milliseconds.
 */
export function nextRun(
  { ScheduleExpression: text, ScheduleExpressionTimezone: timezone, State }: ScheduleDefinition,
  after: number,
  anchor: number,
): number | undefined {
  if (State === 'DISABLED') return undefined;
  return parseExpression(text, timezone).next(after, anchor);
}

/** Whether a schedule has had its last run, and `schedule` asks for the same ones. */
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
    definition.ScheduleExpressionTimezone === timezone
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
