import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { requiredEnv } from '../../shared/env.ts';
import type { PipelineSchedule } from './schedule.ts';

let client: SchedulerClient | undefined;

const scheduler = (): SchedulerClient => {
  client ??= new SchedulerClient({});
  return client;
};

const nameOf = (name: string) => ({ Name: name, GroupName: requiredEnv('SCHEDULE_GROUP') });

/** Seconds for which a start that cannot be delivered is tried again. */
const MAX_AGE_SECONDS = 24 * 3600;

const request = ({ name, expression, timeZone, input }: PipelineSchedule) => ({
  ...nameOf(name),
  ScheduleExpression: expression,
  ScheduleExpressionTimezone: timeZone,
  FlexibleTimeWindow: { Mode: 'OFF' as const },
  State: 'ENABLED' as const,
  Target: {
    Arn: requiredEnv('SCHEDULE_QUEUE_ARN'),
    RoleArn: requiredEnv('SCHEDULE_ROLE_ARN'),
    Input: input,
    DeadLetterConfig: { Arn: requiredEnv('SCHEDULE_DEAD_LETTERS_ARN') },
    RetryPolicy: { MaximumEventAgeInSeconds: MAX_AGE_SECONDS, MaximumRetryAttempts: 185 },
  },
});

/** Makes the schedule what it should be; one that is so already is left alone, and goes on. */
export async function putSchedule(schedule: PipelineSchedule): Promise<void> {
  const wanted = request(schedule);
  const present = await findSchedule(schedule.name);
  if (!present) {
    try {
      await scheduler().send(new CreateScheduleCommand(wanted));
      return;
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error;
    }
  }
  const same =
    present?.ScheduleExpression === wanted.ScheduleExpression &&
    present.ScheduleExpressionTimezone === wanted.ScheduleExpressionTimezone &&
    present.Target?.Input === wanted.Target.Input &&
    present.Target.Arn === wanted.Target.Arn &&
    present.State === wanted.State;
  if (!same) await scheduler().send(new UpdateScheduleCommand(wanted));
}

/** A schedule that is not there is as good as deleted. */
export async function deleteSchedule(name: string): Promise<void> {
  try {
    await scheduler().send(new DeleteScheduleCommand(nameOf(name)));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}

async function findSchedule(name: string) {
  try {
    return await scheduler().send(new GetScheduleCommand(nameOf(name)));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
