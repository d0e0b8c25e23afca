import { onTestFinished } from 'vitest';
import { createScheduler } from '../../../../lib/local/scheduler/index.ts';
import type { Delivery } from '../../../../lib/local/service.ts';
import { resourceContext, temporaryFolder } from '../support/aws-server.ts';

export const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:watch';
export const DEAD = 'arn:aws:sqs:us-east-1:000000000000:dead';

export async function aScheduler(options: { dataDir?: string; answer?: () => void } = {}) {
  const { dataDir = temporaryFolder(), answer } = options;
  const deliveries: Delivery[] = [];
  const scheduler = createScheduler({
    dataDir,
    deliver: async (delivery) => {
      if (delivery.arn !== DEAD) answer?.();
      deliveries.push(delivery);
    },
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= scheduler.stop());
  onTestFinished(stop);
  return {
    dataDir,
    scheduler,
    deliveries,
    stop,
    declare: async (more: Readonly<Record<string, unknown>> = {}) =>
      scheduler.providers[0]!.create(
        'Schedule',
        {
          Name: 'watch',
          ScheduleExpression: 'rate(1 minute)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: FUNCTION, RoleArn: 'arn:aws:iam::000000000000:role/r' },
          ...more,
        },
        resourceContext,
      ),
  };
}

export const target = (Input?: string) => ({
  Arn: FUNCTION,
  RoleArn: 'arn:aws:iam::000000000000:role/r',
  ...(Input !== undefined && { Input }),
});
