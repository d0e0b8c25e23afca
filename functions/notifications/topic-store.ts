import { awsSigner } from '../shared/aws-signer.ts';
import { requiredEnv } from '../shared/env.ts';
import type { TopicMessage } from './message.ts';

const TIMEOUT_MS = 5000;

/** The topic that the installation tells people by. */
export const installationTopic = () => requiredEnv('NOTIFICATIONS_TOPIC');

let signer: ReturnType<typeof awsSigner> | undefined;

/**
 * SNS's `Publish` by its query protocol: the one call that is needed, for which the SDK's client would be
 * a package more. Throws what SNS answered.
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export async function publish(topicArn: string, message: TopicMessage): Promise<void> {
  const region = requiredEnv('AWS_REGION');
  const endpoint = new URL(
    process.env.AWS_ENDPOINT_URL_SNS ??
      process.env.AWS_ENDPOINT_URL ??
      `https://sns.${region}.amazonaws.com`,
  );
  const body = formOf(topicArn, message).toString();
  signer ??= awsSigner('sns');
  const { hostname, port, protocol, host } = endpoint;
  const { headers } = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    ...(port && { port: Number(port) }),
    path: '/',
    query: {},
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', host },
    body,
  });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(endpoint, { method: 'POST', headers, body, signal });
  const text = await response.text();
  if (response.ok) return;
  const [code, reason] = ['Code', 'Message'].map(
    (name) => new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1] ?? '',
  );
  throw new Error(`SNS refused a message to ${topicArn}: ${response.status} ${code} ${reason}`);
}

function formOf(topicArn: string, { subject, texts, attributes }: TopicMessage): URLSearchParams {
  const form = new URLSearchParams({
    Action: 'Publish',
    Version: '2010-03-31',
    TopicArn: topicArn,
    Subject: subject,
    MessageStructure: 'json',
    Message: JSON.stringify(texts),
  });
  Object.entries(attributes).forEach(([name, value], index) => {
    const entry = `MessageAttributes.entry.${index + 1}`;
    const isText = typeof value === 'string';
    form.set(`${entry}.Name`, name);
    form.set(`${entry}.Value.DataType`, isText ? 'String' : 'String.Array');
    form.set(`${entry}.Value.StringValue`, isText ? value : JSON.stringify(value));
  });
  return form;
}
