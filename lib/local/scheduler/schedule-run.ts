import { randomUUID } from 'node:crypto';
import type { Letter } from '../deliveries/delivery-queue.ts';
import { toSeconds } from '../eventbridge/event.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../shared/arn.ts';
import { type ScheduleDefinition, scheduleArn } from './schedule.ts';

/**
 * What one run of a schedule sends. Context attributes in the input are replaced; the number of the
 * attempt is replaced at delivery.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function letterOf(schedule: ScheduleDefinition, scheduledAt: number): Letter {
  const { Target: target } = schedule;
  const own = scheduleArn(schedule);
  const executionId = randomUUID();
  const at = toSeconds(new Date(scheduledAt));
  const input = (target.Input ?? defaultInput(own, executionId, at))
    .replaceAll('<aws.scheduler.schedule-arn>', own)
    .replaceAll('<aws.scheduler.scheduled-time>', at)
    .replaceAll('<aws.scheduler.execution-id>', executionId);
  const deadLetterArn = target.DeadLetterConfig?.Arn;
  return {
    targetArn: target.Arn,
    payload: input,
    executionName: executionId,
    origin: own,
    ...(deadLetterArn !== undefined && { deadLetterArn }),
    maxRetries: target.RetryPolicy.MaximumRetryAttempts,
    maxAgeSeconds: target.RetryPolicy.MaximumEventAgeInSeconds,
  };
}

/** What a target gets when the schedule says nothing. */
const defaultInput = (own: string, id: string, time: string) =>
  JSON.stringify({
    version: '0',
    id,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: LOCAL_ACCOUNT,
    time,
    region: LOCAL_REGION,
    resources: [own],
    detail: '{}',
  });
