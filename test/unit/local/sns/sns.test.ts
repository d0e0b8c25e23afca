import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Delivery } from '../../../../lib/local/service.ts';
import { startReceiver } from '../../../support/receiver.ts';
import { eventually, temporaryFolder } from '../support/aws-server.ts';
import { messagesOf, OWN_TOPIC, openSns, type SnsOptions, snsCaller } from './sns-fixture.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:jobs';

async function started(options: SnsOptions = {}) {
  const opened = await openSns(options);
  await opened.sns.start();
  onTestFinished(() => opened.sns.stop());
  return { ...opened, call: await snsCaller(opened.sns) };
}

const recipients = (...names: string[]) => ({
  'MessageAttributes.entry.1.Name': 'recipients',
  'MessageAttributes.entry.1.Value.DataType': 'String.Array',
  'MessageAttributes.entry.1.Value.StringValue': JSON.stringify(names),
});

const filter = (policy: object) => ({
  'Attributes.entry.1.key': 'FilterPolicy',
  'Attributes.entry.1.value': JSON.stringify(policy),
});

/** https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html */
describe('a topic', () => {
  it('brings queues the envelope of messages that their filter lets through', async () => {
    const { sns, call, queued } = await started();
    await call('Subscribe', {
      TopicArn: OWN_TOPIC,
      Protocol: 'sqs',
      Endpoint: QUEUE,
      ...filter({ recipients: ['ana@example.com'] }),
    });
    await call('Publish', { TopicArn: OWN_TOPIC, Message: 'no', ...recipients('ben') });
    const Message = 'größer <&> \r\n als';
    const to = recipients('ben', 'ana@example.com');
    const published = await call('Publish', { TopicArn: OWN_TOPIC, Subject: 'A', Message, ...to });

    await eventually(() => queued.length > 0);
    expect(queued).toHaveLength(1);
    expect(queued[0]?.arn).toBe(QUEUE);
    expect(JSON.parse(queued[0]?.payload ?? '')).toMatchObject({
      Type: 'Notification',
      MessageId: published.text('MessageId'),
      TopicArn: OWN_TOPIC,
      Subject: 'A',
      Message,
      MessageAttributes: {
        recipients: { Type: 'String.Array', Value: '["ben","ana@example.com"]' },
      },
    });
    expect(messagesOf(sns).map((one) => one.Message)).toEqual([Message, 'no']);
  });

  it('writes a letter to e-mail subscribers, in the words for them', async () => {
    const { call, dataDir } = await started();
    const Endpoint = 'ana@example.com';
    await call('Subscribe', { TopicArn: OWN_TOPIC, Protocol: 'email', Endpoint });
    await call('Publish', {
      TopicArn: OWN_TOPIC,
      Subject: 'Validation failed',
      MessageStructure: 'json',
      Message: JSON.stringify({ default: '{"type":"x"}', email: 'version 3 failed' }),
    });

    const folder = join(dataDir, 'mail');
    const letters = () => (existsSync(folder) ? readdirSync(folder) : []);
    await eventually(() => letters().some((name) => name.endsWith('-ana@example.com.txt')));
    const letter = readFileSync(join(folder, letters()[0] ?? ''), 'utf8');
    expect(letter).toMatch(
      /^To: ana@example.com\nSubject: Validation failed\nDate: 20.*\n\nversion 3/,
    );
  });

  it('posts to web servers, again when they fail, no more when they refuse', async () => {
    const answers: Readonly<Record<string, readonly number[]>> = {
      '/flaky': [503, 429, 200],
      '/refuses': [403],
    };
    const receiver = await startReceiver((path, count) => ({
      status: answers[path]?.[count - 1] ?? 500,
    }));
    onTestFinished(() => receiver.stop());
    const { call } = await started();
    for (const path of Object.keys(answers)) {
      const Endpoint = `${receiver.url}${path}`;
      await call('Subscribe', { TopicArn: OWN_TOPIC, Protocol: 'http', Endpoint });
    }
    await call('Publish', { TopicArn: OWN_TOPIC, Message: 'hello' });

    await eventually(() => receiver.at('/flaky').length === 3);
    expect(receiver.at('/refuses')).toHaveLength(1);
    const [first] = receiver.at('/flaky');
    expect(first?.headers).toMatchObject({
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-topic-arn': OWN_TOPIC,
    });
    expect(JSON.parse(first?.body ?? '')).toMatchObject({ Message: 'hello' });
  });

  it('calls no private address unless the environment allows it', async () => {
    const receiver = await startReceiver(() => ({ status: 200 }));
    onTestFinished(() => receiver.stop());
    const { call, queued } = await started({ allowPrivate: false });
    await call('Subscribe', { TopicArn: OWN_TOPIC, Protocol: 'http', Endpoint: receiver.url });
    await call('Subscribe', { TopicArn: OWN_TOPIC, Protocol: 'sqs', Endpoint: QUEUE });
    await call('Publish', { TopicArn: OWN_TOPIC, Message: 'hello' });

    await eventually(() => queued.length === 1);
    expect(receiver.received).toEqual([]);
  });

  it('tells its subscribers after a restart what it could not tell before', async () => {
    const dataDir = temporaryFolder();
    const refuse = () => Promise.reject(new Error('down'));
    const first = await openSns({ dataDir, deliver: refuse });
    await first.sns.start();
    const call = await snsCaller(first.sns);
    await call('Subscribe', { TopicArn: OWN_TOPIC, Protocol: 'sqs', Endpoint: QUEUE });
    await call('Publish', { TopicArn: OWN_TOPIC, Message: 'late' });
    await first.sns.stop();

    const { sns, queued } = await started({ dataDir });
    await eventually(() => queued.length === 1);
    expect(messagesOf(sns).map((one) => one.Message)).toEqual(['late']);
  });

  it('keeps every accepted message when its process is killed', async () => {
    const dataDir = temporaryFolder();
    const program = join(import.meta.dirname, 'publisher.ts');
    const child = spawn(process.execPath, [program, dataDir], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let accepted = -1;
    child.on('message', (number) => {
      accepted = Number(number);
      if (accepted === 40) child.kill('SIGKILL');
    });
    await once(child, 'exit');
    expect(accepted).toBeGreaterThanOrEqual(40);

    const delivered: Delivery[] = [];
    const { sns } = await started({
      dataDir,
      deliver: async (delivery) => void delivered.push(delivery),
    });
    const kept = new Set(messagesOf(sns).map((one) => one.Message));
    for (let number = 0; number <= accepted; number++) expect(kept).toContain(String(number));
    await eventually(() => delivered.length >= accepted + 1);
  });
});

/** https://docs.aws.amazon.com/sns/latest/api/API_Operations.html */
describe('the SNS API', () => {
  it('makes and lists topics, subscribes once, and unsubscribes', async () => {
    const { call } = await started();
    const made = await call('CreateTopic', { Name: 'slipway-own' });
    const topic = made.text('TopicArn') ?? '';
    expect((await call('ListTopics')).xml).toContain(`<TopicArn>${topic}</TopicArn>`);
    expect((await call('ListTopics', { NextToken: 'a' })).status).toBe(400);

    const wanted = { TopicArn: topic, Protocol: 'email', Endpoint: 'ana@example.com' };
    const first = await call('Subscribe', wanted);
    const second = await call('Subscribe', wanted);
    expect(second.text('SubscriptionArn')).toBe(first.text('SubscriptionArn'));
    expect(await call('Subscribe', { ...wanted, ...filter({ a: ['b'] }) })).toMatchObject({
      status: 400,
      xml: expect.stringContaining('already exists with different attributes'),
    });
    const listed = () => call('ListSubscriptionsByTopic', { TopicArn: topic });
    expect((await listed()).text('Endpoint')).toBe('ana@example.com');
    await call('Unsubscribe', { SubscriptionArn: first.text('SubscriptionArn') ?? '' });
    expect((await listed()).text('Endpoint')).toBeUndefined();
  });

  const subscription = { TopicArn: OWN_TOPIC, Protocol: 'sqs', Endpoint: QUEUE };
  const message = { TopicArn: OWN_TOPIC, Message: 'hello' };

  it.each([
    ['an unknown action', 'PublishBatch', {}, 400, 'InvalidAction'],
    ['an unknown topic', 'Publish', { ...message, TopicArn: `${OWN_TOPIC}x` }, 404, 'NotFound'],
    ['what is nested too deep', 'Publish', { ['a.'.repeat(11)]: 'x' }, 400, 'MalformedQueryString'],
    ['no message', 'Publish', { TopicArn: OWN_TOPIC }, 400, 'InvalidParameter'],
    ['a phone', 'Publish', { ...message, PhoneNumber: '+1' }, 400, 'InvalidParameter'],
    [
      'a long subject',
      'Publish',
      { ...message, Subject: 'x'.repeat(100) },
      400,
      'InvalidParameter',
    ],
    ['two lines of subject', 'Publish', { ...message, Subject: 'a\nb' }, 400, 'InvalidParameter'],
    [
      'a message above 256 KiB',
      'Publish',
      { ...message, Message: 'x'.repeat(262_145) },
      400,
      'InvalidParameter',
    ],
    [
      'a structure without default',
      'Publish',
      { TopicArn: OWN_TOPIC, MessageStructure: 'json', Message: '{"email":"x"}' },
      400,
      'InvalidParameter',
    ],
    ['a phone to tell', 'Subscribe', { ...subscription, Protocol: 'sms' }, 400, 'InvalidParameter'],
    [
      'another thing than a queue',
      'Subscribe',
      { ...subscription, Endpoint: 'jobs' },
      400,
      'InvalidParameter',
    ],
    [
      'a filter over bodies',
      'Subscribe',
      {
        ...subscription,
        'Attributes.entry.1.key': 'FilterPolicyScope',
        'Attributes.entry.1.value': 'MessageBody',
      },
      400,
      'InvalidParameter',
    ],
    [
      'raw delivery',
      'Subscribe',
      {
        ...subscription,
        'Attributes.entry.1.key': 'RawMessageDelivery',
        'Attributes.entry.1.value': 'true',
      },
      400,
      'InvalidParameter',
    ],
  ])('refuses %s and keeps nothing', async (_what, action, fields, status, code) => {
    const { sns, call } = await started();
    const answer = await call(action, fields as Record<string, string>);
    expect([answer.status, answer.text('Code')]).toEqual([status, code]);
    expect(messagesOf(sns)).toEqual([]);
  });

  it('keeps the newest 1,000 messages', async () => {
    const { sns, call } = await started();
    await call('Publish', { TopicArn: OWN_TOPIC, Message: 'first' });
    for (let i = 0; i < 1000; i += 50) {
      const some = Array.from({ length: 50 }, () => call('Publish', message));
      await Promise.all(some);
    }
    const kept = messagesOf(sns);
    expect(kept).toHaveLength(1000);
    expect(kept.map((one) => one.Message)).not.toContain('first');
  });
});
