import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { requiredEnv } from '../../shared/env.ts';

/** The longest that SQS holds a message back; who waits longer is woken on the way. */
const MAX_DELAY_SECONDS = 900;

let client: SQSClient | undefined;

/** What the queue of deliveries carries: not a delivery but whose lane has some. */
export interface Wake {
  readonly webhook_id: string;
}

/** Asks for a webhook's lane to be worked through, at once or after a while. */
export async function wake(webhookId: string, afterMs = 0): Promise<void> {
  client ??= new SQSClient({});
  const message: Wake = { webhook_id: webhookId };
  await client.send(
    new SendMessageCommand({
      QueueUrl: requiredEnv('WEBHOOK_QUEUE'),
      MessageBody: JSON.stringify(message),
      DelaySeconds: Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(afterMs / 1000))),
    }),
  );
}
