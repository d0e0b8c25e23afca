import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { fresh, type KnownAnswer, refusal } from '../case.ts';

const API = 'AWSSimpleQueueService/latest/APIReference';

async function aQueue(sqs: SQSClient, Attributes: Record<string, string> = {}): Promise<string> {
  const request = new CreateQueueCommand({ QueueName: fresh('queue'), Attributes });
  return (await sqs.send(request)).QueueUrl ?? '';
}

async function receive(sqs: SQSClient, QueueUrl: string, more: object = {}) {
  const request = new ReceiveMessageCommand({
    QueueUrl,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
    ...more,
  });
  return (await sqs.send(request)).Messages ?? [];
}

const sqsCase = (
  name: string,
  page: string,
  expected: unknown,
  run: (sqs: SQSClient) => Promise<unknown>,
): KnownAnswer => ({
  service: 'sqs',
  name,
  page: `${API}/${page}.html`,
  expected,
  run: ({ sqs }) => run(sqs),
});

export const sqsCases: readonly KnownAnswer[] = [
  sqsCase(
    'the MD5 of a body is that of its UTF-8 bytes',
    'API_SendMessage',
    'fee40dc24d0ad6a90c608052aa4e9e66',
    async (sqs) => {
      const QueueUrl = await aQueue(sqs);
      const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'grüße' }));
      return sent.MD5OfMessageBody;
    },
  ),
  sqsCase('a received message is hidden', 'API_ReceiveMessage', [1, 0], async (sqs) => {
    const QueueUrl = await aQueue(sqs);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
    return [(await receive(sqs, QueueUrl)).length, (await receive(sqs, QueueUrl)).length];
  }),
  sqsCase(
    'a visibility of zero brings it back, counted',
    'API_ChangeMessageVisibility',
    '2',
    async (sqs) => {
      const QueueUrl = await aQueue(sqs);
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
      const [first] = await receive(sqs, QueueUrl);
      const ReceiptHandle = first?.ReceiptHandle;
      await sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
      );
      const [again] = await receive(sqs, QueueUrl);
      return again?.Attributes?.ApproximateReceiveCount;
    },
  ),
  sqsCase('message attributes come back', 'API_MessageAttributeValue', 'x', async (sqs) => {
    const QueueUrl = await aQueue(sqs);
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'x' } };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', MessageAttributes }));
    const [message] = await receive(sqs, QueueUrl);
    return message?.MessageAttributes?.kind?.StringValue;
  }),
  sqsCase('a deleted message is gone', 'API_DeleteMessage', '0', async (sqs) => {
    const QueueUrl = await aQueue(sqs);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
    const [message] = await receive(sqs, QueueUrl);
    const ReceiptHandle = message?.ReceiptHandle;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    const request = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    const { Attributes } = await sqs.send(request);
    return Attributes?.ApproximateNumberOfMessagesNotVisible;
  }),
  sqsCase(
    'a batch tells each of its entries what became of it',
    'API_SendMessageBatch',
    { successful: ['a', 'b'], failed: [] },
    async (sqs) => {
      const QueueUrl = await aQueue(sqs);
      const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: Id }));
      const { Successful = [], Failed = [] } = await sqs.send(
        new SendMessageBatchCommand({ QueueUrl, Entries }),
      );
      return { successful: Successful.map(({ Id }) => Id), failed: Failed.map(({ Id }) => Id) };
    },
  ),
  sqsCase(
    'a batch of eleven is refused',
    'API_SendMessageBatch',
    'TooManyEntriesInBatchRequest',
    async (sqs) => {
      const QueueUrl = await aQueue(sqs);
      const Entries = Array.from({ length: 11 }, (_, i) => ({ Id: String(i), MessageBody: 'a' }));
      return refusal(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    },
  ),
  sqsCase(
    'two entries of one id are refused',
    'API_SendMessageBatch',
    'BatchEntryIdsNotDistinct',
    async (sqs) => {
      const QueueUrl = await aQueue(sqs);
      const Entries = ['a', 'a'].map((Id) => ({ Id, MessageBody: Id }));
      return refusal(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    },
  ),
  sqsCase(
    'an empty batch is refused',
    'API_DeleteMessageBatch',
    'EmptyBatchRequest',
    async (sqs) => {
      const QueueUrl = await aQueue(sqs);
      return refusal(sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [] })));
    },
  ),
  sqsCase('a queue that does not exist', 'API_SendMessage', 'QueueDoesNotExist', async (sqs) => {
    const url = await aQueue(sqs);
    const QueueUrl = url.replace(/[^/]+$/, 'none');
    return refusal(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' })));
  }),
  sqsCase(
    'after its receives a message goes to the dead letters',
    'API_SetQueueAttributes',
    ['a', 0],
    async (sqs) => {
      const dead = await aQueue(sqs);
      const request = new GetQueueAttributesCommand({
        QueueUrl: dead,
        AttributeNames: ['QueueArn'],
      });
      const deadLetterTargetArn = (await sqs.send(request)).Attributes?.QueueArn;
      const QueueUrl = await aQueue(sqs, {
        VisibilityTimeout: '0',
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }),
      });
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
      await receive(sqs, QueueUrl);
      const left = await receive(sqs, QueueUrl);
      const [message] = await receive(sqs, dead, { WaitTimeSeconds: 2 });
      return [message?.Body, left.length];
    },
  ),
  sqsCase('a delayed message does not come at once', 'API_SendMessage', [0, 1], async (sqs) => {
    const QueueUrl = await aQueue(sqs);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', DelaySeconds: 1 }));
    const early = await receive(sqs, QueueUrl);
    const late = await receive(sqs, QueueUrl, { WaitTimeSeconds: 3 });
    return [early.length, late.length];
  }),
];
