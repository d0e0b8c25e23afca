import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AuditedEvent, TestHost } from '../../support/host.ts';
import { PATIENCE_MS } from '../../support/patience.ts';

const host = new TestHost();
beforeAll(() => host.start());
afterAll(() => host.stop());

/** What is tried once more after a kill waits for the visibility of its queue, a minute. */
const PATIENCE = { timeout: 60_000 + PATIENCE_MS, interval: 100 };

interface Told {
  readonly TopicArn: string;
  readonly Subject: string;
  readonly Message: string;
}

async function told(model: string) {
  const response = await fetch(`${host.awsUrl}/notifications`);
  const all = (await response.json()) as Told[];
  return all
    .map(({ TopicArn, Message }) => ({ topic: TopicArn, ...(JSON.parse(Message) as Body) }))
    .filter(({ data }) => data.model === model);
}

interface Body {
  readonly event_id: string;
  readonly event_type: string;
  readonly recipients: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

/** A model whose versions fail, for they have no artefact, and who is told of it. */
async function aModel(model: string): Promise<void> {
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: model });
  const path = `/api/slipway/v1/models/${model}/policy`;
  const notify = { on_validation_failure: ['ana@example.com'] };
  const put = await host.call('PUT', path, { validation: { mode: 'enabled' }, notify });
  expect(put.status).toBe(200);
}

const register = (name: string) =>
  host.call('POST', '/api/2.0/mlflow/model-versions/create', {
    name,
    source: 'mlflow-artifacts:/0/none/artifacts/model',
  });

const settings = () => ({
  endpoint: host.awsUrl,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

/** Puts an event on the bus again and again, as a relay does that was stopped in between. */
async function repeat(event: AuditedEvent, times: number): Promise<void> {
  const client = new EventBridgeClient(settings());
  const { id, time, actor, correlation_id: correlationId, data } = event;
  const metadata = { id, version: 1, time, workspace: 'default', actor, correlationId };
  const entry = {
    EventBusName: 'slipway-dev',
    Source: event.source,
    DetailType: event.type,
    Detail: JSON.stringify({ metadata, data }),
  };
  const answer = await client.send(new PutEventsCommand({ Entries: Array(times).fill(entry) }));
  expect(answer.FailedEntryCount).toBe(0);
  client.destroy();
}

/** Waits until the function's queue is empty, and answers what lies with its dead letters. */
async function settled(): Promise<number> {
  const client = new SQSClient(settings());
  const { QueueUrls = [] } = await client.send(
    new ListQueuesCommand({ QueueNamePrefix: 'slipway-dev-notifications-events' }),
  );
  const count = async (ending: string) => {
    const QueueUrl = QueueUrls.find((url) => url.endsWith(ending));
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages: some, ApproximateNumberOfMessagesNotVisible: held } =
      Attributes;
    return Number(some) + Number(held);
  };
  await vi.waitFor(async () => expect(await count('-events')).toBe(0), PATIENCE);
  const dead = await count('-dead');
  client.destroy();
  return dead;
}

describe('a version that fails its validation', () => {
  it('is told of once: after duplicates, after a kill, and after duplicates after that', async () => {
    await aModel('late');
    await register('late');
    const event = await host.waitFor('ModelVersionValidated', { model: 'late', version: '1' });
    await vi.waitFor(async () => expect(await told('late')).not.toEqual([]), PATIENCE);
    await repeat(event, 5);
    await host.kill();
    await host.start();
    await repeat(event, 5);
    expect(await settled()).toBe(0);
    expect(await told('late')).toMatchObject([
      {
        topic: 'arn:aws:sns:us-east-1:000000000000:slipway-dev-notifications',
        event_id: event.id,
        event_type: 'ModelVersionValidated',
        recipients: ['ana@example.com'],
        data: { model: 'late', version: '1', status: 'FAILED' },
      },
    ]);
  });

  it('is told of although the host was killed as soon as the version was accepted', async () => {
    await aModel('killed');
    await subscribeByMail('ana@example.com');
    await subscribeByMail('ben@example.com');
    await register('killed');
    await host.kill();
    await host.start();
    await vi.waitFor(async () => expect(await told('killed')).not.toEqual([]), PATIENCE);
    expect(await settled()).toBe(0);
    expect(await told('killed')).toHaveLength(1);
    const letters = () => readdirSync(join(host.dataDir, 'mail')).filter((l) => l.endsWith('.txt'));
    await vi.waitFor(() => expect(letters()).not.toEqual([]), PATIENCE);
    expect(letters()).toEqual([expect.stringMatching(/-ana@example\.com\.txt$/)]);
  });
});

/** Subscribes an address to what names it. */
async function subscribeByMail(address: string): Promise<void> {
  const credential = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sns/aws4_request';
  const response = await fetch(host.awsUrl, {
    method: 'POST',
    headers: { authorization: credential },
    body: new URLSearchParams({
      Action: 'Subscribe',
      TopicArn: 'arn:aws:sns:us-east-1:000000000000:slipway-dev-notifications',
      Protocol: 'email',
      Endpoint: address,
      'Attributes.entry.1.key': 'FilterPolicy',
      'Attributes.entry.1.value': JSON.stringify({ recipients: [address] }),
    }),
  });
  expect(response.status).toBe(200);
}
