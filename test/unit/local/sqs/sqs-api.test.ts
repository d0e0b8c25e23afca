import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import type { AwsService } from '../../../../lib/local/service.ts';
import { awsServer, temporaryFolder } from '../support/aws-server.ts';
import { declareQueue, openSqs } from './sqs-fixture.ts';

async function aQueue(properties: Readonly<Record<string, unknown>> = {}) {
  const sqs = openSqs(temporaryFolder());
  await declareQueue(sqs, 'dead');
  await declareQueue(sqs, 'jobs', properties);
  const { client, origin } = await awsServer([sqs]);
  return { sqs, client: new SQSClient(client), QueueUrl: `${origin}/000000000000/jobs` };
}

describe('the SQS API', () => {
  test('sends, receives and deletes a message, digests checked by the SDK', async () => {
    const { client, QueueUrl } = await aQueue();
    const attributes = {
      kind: { DataType: 'String', StringValue: 'é' },
      size: { DataType: 'Number', StringValue: '12.5' },
      raw: { DataType: 'Binary.png', BinaryValue: new Uint8Array([0, 255, 7]) },
    };

    const sent = await client.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'grüß',
        MessageAttributes: attributes,
        MessageGroupId: 'a.b-[c]',
      }),
    );
    const { Messages: [message] = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    await client.send(
      new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message!.ReceiptHandle }),
    );
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );

    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'grüß',
      MessageAttributes: attributes,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: { ApproximateReceiveCount: '1', MessageGroupId: 'a.b-[c]' },
    });
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:jobs',
      VisibilityTimeout: '30',
    });
  });

  test('digests attributes as AWS computes them', async () => {
    const { client, QueueUrl } = await aQueue();

    const sent = await client.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'This is a test message',
        MessageAttributes: { my_attribute_name_1: { DataType: 'String', StringValue: 'value_1' } },
      }),
    );

    // MD5 of 00000013"my_attribute_name_1" 00000006"String" 01 00000007"value_1", by md5sum.
    expect(sent).toMatchObject({
      MD5OfMessageBody: 'fafb00f5732ab283681e124bf8747ed1',
      MD5OfMessageAttributes: '7b721aa25dabe01aefbbfdf79d6f789a',
    });
  });

  test('reports refused entries of a batch beside the accepted ones', async () => {
    const { client, QueueUrl } = await aQueue();

    const sent = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: 'one' },
          { Id: 'b', MessageBody: 'bad \u0001' },
          { Id: 'c', MessageBody: 'two' },
        ],
      }),
    );
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'x', ReceiptHandle: Messages[0]!.ReceiptHandle },
          { Id: 'y', ReceiptHandle: 'nonsense' },
        ],
      }),
    );

    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'c']);
    expect(sent.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidMessageContents' }]);
    expect(Messages.map(({ Body }) => Body)).toEqual(['one', 'two']);
    expect(Messages.map(({ MessageId }) => MessageId)).toEqual(
      sent.Successful?.map(({ MessageId }) => MessageId),
    );
    expect(deleted.Successful).toEqual([{ Id: 'x' }]);
    expect(deleted.Failed).toMatchObject([{ Id: 'y', Code: 'ReceiptHandleIsInvalid' }]);
  });

  test('hands a message out again when its visibility is set to zero', async () => {
    const { client, QueueUrl } = await aQueue();
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'again' }));
    const first = await client.send(new ReceiveMessageCommand({ QueueUrl }));
    const ReceiptHandle = first.Messages![0]!.ReceiptHandle;

    const hidden = await client.send(new ReceiveMessageCommand({ QueueUrl }));
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
    );
    const second = await client.send(new ReceiveMessageCommand({ QueueUrl }));
    const stale = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [{ Id: 'a', ReceiptHandle, VisibilityTimeout: 5 }],
      }),
    );

    expect(hidden.Messages).toBeUndefined();
    expect(second.Messages?.[0]?.Body).toBe('again');
    expect(stale.Failed).toMatchObject([{ Code: 'MessageNotInflight' }]);
  });

  test('wakes a long poll at once when a message comes', async () => {
    const { client, QueueUrl } = await aQueue();
    const dead = await client.send(new GetQueueUrlCommand({ QueueName: 'dead' }));
    const poll = (url: string | undefined) =>
      client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }));

    const [waiting, inVain] = [poll(QueueUrl), poll(dead.QueueUrl)];
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'now' }));
    const { Messages } = await Promise.race([waiting, inVain]);

    expect(Messages?.[0]?.Body).toBe('now');
  });

  test('names queues by address, and refuses unknown ones', async () => {
    const { client } = await aQueue();

    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'jobs' }));
    const { QueueUrls } = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'de' }));

    expect(QueueUrl).toMatch(/\/000000000000\/jobs$/);
    expect(QueueUrls?.map((url) => url.split('/').at(-1))).toEqual(['dead']);
    const first = await client.send(new ListQueuesCommand({ MaxResults: 1 }));
    const { NextToken } = first;
    const second = await client.send(new ListQueuesCommand({ MaxResults: 1, NextToken }));
    const both = [first, second].flatMap(({ QueueUrls: urls }) => urls ?? []);
    expect(both.map((url) => url.split('/').at(-1)).toSorted()).toEqual(['dead', 'jobs']);
    expect(second.NextToken).toBeUndefined();
    await expect(
      client.send(new GetQueueUrlCommand({ QueueName: 'nowhere' })),
    ).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  test('creates and purges queues; FIFO queues and unknown attributes are refused', async () => {
    const { client, sqs } = await aQueue();

    const { QueueUrl } = await client.send(
      new CreateQueueCommand({ QueueName: 'mine', Attributes: { VisibilityTimeout: '7' } }),
    );
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'gone' }));
    await client.send(new PurgeQueueCommand({ QueueUrl }));

    const queueArn = 'arn:aws:sqs:us-east-1:000000000000:mine';
    expect(await sqs.queues.receive(queueArn, 10, 0)).toEqual([]);
    await expect(
      client.send(new CreateQueueCommand({ QueueName: 'a.fifo' })),
    ).rejects.toMatchObject({ name: 'UnsupportedOperation' });
    await expect(
      client.send(new CreateQueueCommand({ QueueName: 'b', Attributes: { Odd: '1' } as never })),
    ).rejects.toMatchObject({ name: 'InvalidAttributeName' });
  });

  test.each([
    ['an empty body', { MessageBody: '' }, 'InvalidParameterValue'],
    ['a body above 1 MiB', { MessageBody: 'x'.repeat(1_048_577) }, 'InvalidParameterValue'],
    ['a delay above 15 minutes', { MessageBody: 'x', DelaySeconds: 901 }, 'InvalidParameterValue'],
    ['a group with a space', { MessageBody: 'x', MessageGroupId: 'g h' }, 'InvalidParameterValue'],
    [
      'an attribute without a value',
      { MessageBody: 'x', MessageAttributes: { a: { DataType: 'String' } } },
      'InvalidParameterValue',
    ],
  ])('refuses %s', async (_what, message, name) => {
    const { client, QueueUrl } = await aQueue();

    await expect(
      client.send(new SendMessageCommand({ QueueUrl, ...message })),
    ).rejects.toMatchObject({ name });
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
  test.each([
    [
      'a trace of X-Ray',
      (QueueUrl: string) => {
        const AWSTraceHeader = { DataType: 'String', StringValue: 'Root=1' };
        const MessageSystemAttributes = { AWSTraceHeader };
        return new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageSystemAttributes });
      },
    ],
    [
      'an attempt of a FIFO queue',
      (QueueUrl: string) => new ReceiveMessageCommand({ QueueUrl, ReceiveRequestAttemptId: 'a' }),
    ],
    ['a page of nothing', () => new ListQueuesCommand({ MaxResults: 0 })],
    [
      'the queue of another account',
      () => new GetQueueUrlCommand({ QueueName: 'jobs', QueueOwnerAWSAccountId: '111122223333' }),
    ],
  ])('refuses %s rather than pass it over', async (_what, command) => {
    const { client, QueueUrl } = await aQueue();

    const sent = client.send(command(QueueUrl) as SendMessageCommand);

    await expect(sent).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test.each([
    ['no entry', [], 'EmptyBatchRequest'],
    ['eleven entries', Array.from({ length: 11 }, (_, i) => i), 'TooManyEntriesInBatchRequest'],
    ['the same id twice', [1, 1], 'BatchEntryIdsNotDistinct'],
    ['an id with a blank', ['a b'], 'InvalidBatchEntryId'],
  ])('refuses a batch with %s', async (_what, ids, name) => {
    const { client, QueueUrl } = await aQueue();
    const Entries = ids.map((id) => ({ Id: String(id), MessageBody: 'x' }));

    await expect(
      client.send(new SendMessageBatchCommand({ QueueUrl, Entries })),
    ).rejects.toMatchObject({ name });
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
  test('a long poll whose client has left takes no message', async () => {
    const sqs = openSqs(temporaryFolder());
    const queueArn = await declareQueue(sqs, 'jobs');
    const asked = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const watched: AwsService = {
      ...sqs,
      handle: (request, response) => {
        request.once('end', asked.resolve);
        response.once('close', left.resolve);
        return sqs.handle(request, response);
      },
    };
    const { client, origin } = await awsServer([watched]);
    const leave = new AbortController();
    const poll = new ReceiveMessageCommand({
      QueueUrl: `${origin}/000000000000/jobs`,
      WaitTimeSeconds: 20,
    });
    const polled = new SQSClient(client).send(poll, { abortSignal: leave.signal });

    await asked.promise;
    leave.abort();
    await expect(polled).rejects.toThrow();
    await left.promise;
    await sqs.queues.send(queueArn, 'for somebody who is there');

    const taken = await sqs.queues.receive(queueArn, 1, 0);
    expect(taken.map(({ body, receiveCount }) => [body, receiveCount])).toEqual([
      ['for somebody who is there', 1],
    ]);
  });
});
