import type { OperationContext } from '../shared/context.ts';
import { newId } from '../shared/ids.ts';
import { deliveryId } from './deliveries/delivery.ts';
import { sendDelivery } from './deliveries/send-delivery.ts';
import type { Webhook } from './webhook.ts';

/** Characters of the receiver's answer that a test shows. */
const SHOWN_BODY = 10_000;

interface TestResult {
  readonly status_code?: number | undefined;
  readonly error?: string | undefined;
  readonly body?: string;
}

/** Sends an example at once; it leaves no trace in the history. */
export async function testWebhook(
  webhook: Webhook,
  body: string,
  context: OperationContext,
): Promise<TestResult> {
  const id = deliveryId(webhook.id, newId());
  const sent = await sendDelivery(webhook, { id, body }, context.clock);
  const { status_code, error } = sent.attempt;
  return {
    ...(status_code !== undefined && { status_code }),
    ...(error !== undefined && { error }),
    ...(sent.body !== undefined && { body: sent.body.slice(0, SHOWN_BODY) }),
  };
}
