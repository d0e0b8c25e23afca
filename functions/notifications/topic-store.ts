import { type MessageAttributeValue, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { requiredEnv } from '../shared/env.ts';
import type { TopicMessage } from './message.ts';

/** The longest that one attempt may take. */
const TIMEOUT_MS = 5000;

let client: SNSClient | undefined;

const sns = () => {
  client ??= new SNSClient({ requestHandler: { requestTimeout: TIMEOUT_MS } });
  return client;
};

/** ARN of the installation's own topic for people. */
export const installationTopic = () => requiredEnv('NOTIFICATIONS_TOPIC');

/** Publishes a message. Throws the error that SNS answered. */
export async function publish(
  topicArn: string,
  { subject, texts, attributes }: TopicMessage,
): Promise<void> {
  const entries = Object.entries(attributes).map(([name, value]) => [name, toAttribute(value)]);
  await sns().send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      MessageStructure: 'json',
      Message: JSON.stringify(texts),
      MessageAttributes: Object.fromEntries(entries),
    }),
  );
}

const toAttribute = (value: string | readonly string[]): MessageAttributeValue =>
  typeof value === 'string'
    ? { DataType: 'String', StringValue: value }
    : { DataType: 'String.Array', StringValue: JSON.stringify(value) };
