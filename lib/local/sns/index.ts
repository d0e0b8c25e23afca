import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { guardedPost } from '../../../functions/shared/http/guarded-request.ts';
import { DeliveryQueue, type Letter } from '../deliveries/delivery-queue.ts';
import type { AwsService, Deliver, Lifecycle, ResourceProvider } from '../service.ts';
import { awsQueryService } from '../shared/aws-query.ts';
import { openDatabase } from '../shared/database.ts';
import { UnsupportedError } from '../shared/properties.ts';
import { compileFilterPolicy } from './filter-policy.ts';
import { writeLetter } from './mailbox.ts';
import { envelope, type NewTopicMessage, type TopicMessage } from './message.ts';
import { snsOperations, type Topics, topicArn } from './sns-api.ts';
import { type Subscription, TopicStore } from './topic-store.ts';

interface SnsOptions {
  readonly dataDir: string;
  /** Brings a message to a queue. */
  readonly deliver: Deliver;
  /** Whether web servers in private networks may be told. */
  readonly allowPrivate: boolean;
}

export interface SnsService extends AwsService, Lifecycle {
  readonly providers: readonly ResourceProvider[];
  /** What topics were given, the newest first, as JSON: the sink that a person reads. */
  messages(): string;
  /** Forgets messages, subscriptions, and topics that were made by call. */
  reset(): void;
}

/** Folder in the data directory that stands for everybody's mailbox. */
const MAILBOX = 'mail';

/** A form of a message of 256 KiB, each byte of it escaped. */
const BODY_LIMIT = 1024 * 1024;

/** Tries of a delivery policy that nobody changed, within an hour. */
const RETRIES = 50;
const MAX_AGE_SECONDS = 3600;
const TIMEOUT_MS = 15_000;

/** What a delivery needs, in the letter's payload. */
interface Parcel {
  readonly subscription: Subscription;
  readonly message: TopicMessage;
}

/** Topics on this machine, durable in `sns.db`. */
export function createSns(options: SnsOptions): SnsService {
  const database = openDatabase(join(options.dataDir, 'sns.db'), '');
  const store = new TopicStore(database);
  const send = sender(options);
  const deliveries = new DeliveryQueue(
    database,
    ({ payload }) => send(payload),
    'SUBSCRIPTION_ARN',
  );
  const declared = new Set<string>();
  const all = () => [...new Set([...declared, ...store.topics()])].map(topicArn);

  const topics: Topics = {
    store,
    list: all,
    has: (wanted) => all().includes(wanted),
    create: (name) => {
      if (!declared.has(name)) store.addTopic(name);
      return topicArn(name);
    },
    publish: (given: NewTopicMessage) => {
      const message = { id: randomUUID(), time: new Date().toISOString(), ...given };
      const letters = store
        .subscriptions(message.topicArn)
        .filter(
          ({ filterPolicy: policy }) =>
            policy === undefined || compileFilterPolicy(policy)(message.attributes),
        )
        .map((subscription) => letterFor({ subscription, message }));
      store.keep(message, () => deliveries.add(letters));
      deliveries.wake();
      return message.id;
    },
  };

  return {
    ...awsQueryService({
      signingName: 'sns',
      namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
      operations: snsOperations(topics),
      bodyLimit: BODY_LIMIT,
    }),
    providers: [topicProvider(declared)],
    messages: () => JSON.stringify(store.messages().map(describe), null, 2),
    reset: () => {
      deliveries.clear();
      store.clear();
    },
    start: async () => deliveries.start(),
    stop: async () => {
      await deliveries.stop();
      database.close();
    },
  };
}

const describe = ({ id, topicArn: topic, time, subject, attributes, texts }: TopicMessage) => ({
  MessageId: id,
  TopicArn: topic,
  Timestamp: time,
  Subject: subject,
  Message: texts.default,
  MessageAttributes: attributes,
});

const letterFor = (parcel: Parcel): Letter => ({
  targetArn: parcel.subscription.arn,
  payload: JSON.stringify(parcel),
  executionName: parcel.message.id,
  origin: parcel.message.topicArn,
  maxRetries: RETRIES,
  maxAgeSeconds: MAX_AGE_SECONDS,
});

/** Hands a parcel to its subscriber; throws when that did not take it. */
const sender = (options: SnsOptions) => async (payload: string) => {
  const { subscription, message } = JSON.parse(payload) as Parcel;
  const { protocol, endpoint } = subscription;
  if (protocol === 'email') {
    writeLetter(join(options.dataDir, MAILBOX), message, endpoint);
  } else if (protocol === 'sqs') {
    await options.deliver({ arn: endpoint, payload: envelope(message, protocol) });
  } else {
    await post(subscription, message, options.allowPrivate);
  }
};

async function post(
  { arn: subscription, protocol, endpoint }: Subscription,
  message: TopicMessage,
  allowPrivate: boolean,
): Promise<void> {
  const { status } = await guardedPost(endpoint, {
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': message.id,
      'x-amz-sns-topic-arn': message.topicArn,
      'x-amz-sns-subscription-arn': subscription,
    },
    body: envelope(message, protocol),
    timeoutMs: TIMEOUT_MS,
    allowPrivate,
  });
  if (status >= 200 && status <= 299) return;
  // AWS tries refusals of the request itself no further either.
  const permanent = status >= 400 && status <= 499 && status !== 429;
  const reason = `${endpoint} answered ${status}`;
  throw permanent ? new UnsupportedError(reason) : new Error(reason);
}

const topicProvider = (declared: Set<string>): ResourceProvider => ({
  type: 'AWS::SNS::Topic',
  properties: {
    TopicName: true,
    DisplayName: 'ignored',
    KmsMasterKeyId: 'ignored',
    TracingConfig: 'ignored',
    Tags: 'ignored',
  },
  create: (logicalId, properties) => {
    const name = String(properties.TopicName ?? logicalId);
    declared.add(name);
    const own = topicArn(name);
    return { ref: own, attributes: { TopicArn: own, TopicName: name } };
  },
});
