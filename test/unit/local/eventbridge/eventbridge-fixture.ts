import { onTestFinished } from 'vitest';
import { createEventBridge } from '../../../../lib/local/eventbridge/index.ts';
import type { Deliver, Delivery } from '../../../../lib/local/service.ts';
import { resourceContext, temporaryFolder } from '../support/aws-server.ts';

export const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:jobs';
export const DEAD = 'arn:aws:sqs:us-east-1:000000000000:dead';

/** A bus `slipway` whose deliveries are written down; `answer` may throw in the target's place. */
export async function aBus(options: { dataDir?: string; answer?: Deliver } = {}) {
  const { dataDir = temporaryFolder(), answer } = options;
  const deliveries: Delivery[] = [];
  const eventBridge = createEventBridge({
    dataDir,
    deliver: async (delivery) => {
      await answer?.(delivery);
      deliveries.push(delivery);
    },
  });
  const declare = async (type: string, id: string, properties: Record<string, unknown>) => {
    const provider = eventBridge.providers.find((one) => one.type === type)!;
    return provider.create(id, properties, resourceContext);
  };
  await declare('AWS::Events::EventBus', 'bus', { Name: 'slipway' });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= eventBridge.stop());
  onTestFinished(stop);
  return {
    dataDir,
    eventBridge,
    deliveries,
    stop,
    rule: (properties: Record<string, unknown> = {}) =>
      declare('AWS::Events::Rule', 'Rule', {
        Name: 'moved',
        EventBusName: 'slipway',
        EventPattern: { 'detail-type': ['Moved'] },
        Targets: [{ Id: 'Target0', Arn: QUEUE, DeadLetterConfig: { Arn: DEAD } }],
        ...properties,
      }),
  };
}

export const moved = (detail: unknown = { model: 'm' }) => ({
  EventBusName: 'slipway',
  Source: 'slipway.registry',
  DetailType: 'Moved',
  Detail: JSON.stringify(detail),
});
