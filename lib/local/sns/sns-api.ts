import * as z from 'zod';
import { arn, parseArn } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import type { AwsOperation } from '../shared/aws-json.ts';
import { parseInput } from '../shared/parse-input.ts';
import { compileFilterPolicy } from './filter-policy.ts';
import { type NewTopicMessage, parseMessage } from './message.ts';
import { PROTOCOLS, type Subscription, type TopicStore } from './topic-store.ts';

const INVALID = 'InvalidParameter';
const NOT_HERE = 'is not supported on this machine';

const text = z.string().min(1);
const named = z.strictObject({
  Name: z.string().regex(/^[\w-]{1,256}$/, 'may hold letters, digits, dashes and underscores'),
});
const onPage = z.strictObject({ NextToken: z.undefined().optional() });
const onTopic = onPage.extend({ TopicArn: text });
const attribute = z.strictObject({
  key: z.enum(['FilterPolicy', 'FilterPolicyScope'], { error: NOT_HERE }),
  value: z.string(),
});
const subscribe = z.strictObject({
  TopicArn: text,
  Protocol: z.enum(PROTOCOLS, { error: NOT_HERE }),
  Endpoint: text,
  ReturnSubscriptionArn: z.enum(['true', 'false']).optional(),
  Attributes: z.object({ entry: z.array(attribute) }).default({ entry: [] }),
});
const subscribed = z.strictObject({ SubscriptionArn: text });

export interface Topics {
  readonly store: TopicStore;
  has(topicArn: string): boolean;
  create(name: string): string;
  list(): string[];
  /** Durable on return. */
  publish(message: NewTopicMessage): string;
}

export const topicArn = (name: string) => arn('sns', name);

/** https://docs.aws.amazon.com/sns/latest/api/API_Operations.html */
export function snsOperations(topics: Topics): Record<string, AwsOperation> {
  const { store } = topics;
  const existing = (found: string) => {
    if (!topics.has(found)) throw new AwsError('NotFound', 'Topic does not exist', 404);
    return found;
  };
  return {
    CreateTopic: (input) => ({
      TopicArn: topics.create(parseInput(named, input, INVALID).Name),
    }),
    ListTopics: (input) => {
      parseInput(onPage, input, INVALID);
      return { Topics: { member: topics.list().map((TopicArn) => ({ TopicArn })) } };
    },
    Subscribe: (input) => {
      const asked = parseInput(subscribe, input, INVALID);
      const wanted = toSubscription(existing(asked.TopicArn), asked);
      const present = store
        .subscriptions(wanted.topicArn)
        .find(
          ({ protocol, endpoint }) => protocol === wanted.protocol && endpoint === wanted.endpoint,
        );
      if (present && present.filterPolicy !== wanted.filterPolicy) {
        const reason = 'Subscription already exists with different attributes';
        throw new AwsError(INVALID, `Invalid parameter: Attributes Reason: ${reason}`);
      }
      return { SubscriptionArn: present?.arn ?? store.subscribe(wanted) };
    },
    Unsubscribe: (input) => {
      store.unsubscribe(parseInput(subscribed, input, INVALID).SubscriptionArn);
    },
    ListSubscriptionsByTopic: (input) => {
      const topic = existing(parseInput(onTopic, input, INVALID).TopicArn);
      const member = store.subscriptions(topic).map((one) => ({
        SubscriptionArn: one.arn,
        Owner: topic.split(':')[4] ?? '',
        Protocol: one.protocol,
        Endpoint: one.endpoint,
        TopicArn: one.topicArn,
      }));
      return { Subscriptions: { member } };
    },
    Publish: (input) => {
      const message = parseMessage(input);
      existing(message.topicArn);
      return { MessageId: topics.publish(message) };
    },
  };
}

function toSubscription(
  topic: string,
  asked: z.infer<typeof subscribe>,
): Omit<Subscription, 'arn'> {
  const { Protocol: protocol, Endpoint: endpoint } = asked;
  checkEndpoint(protocol, endpoint);
  const attributes = new Map(asked.Attributes.entry.map(({ key, value }) => [key, value]));
  const scope = attributes.get('FilterPolicyScope') ?? 'MessageAttributes';
  if (scope !== 'MessageAttributes') {
    throw new AwsError(INVALID, `Invalid parameter: FilterPolicyScope ${scope} ${NOT_HERE}`);
  }
  const filterPolicy = attributes.get('FilterPolicy');
  if (filterPolicy !== undefined) compileFilterPolicy(filterPolicy);
  return {
    topicArn: topic,
    protocol,
    endpoint,
    ...(filterPolicy !== undefined && { filterPolicy }),
  };
}

function checkEndpoint(protocol: Subscription['protocol'], endpoint: string): void {
  const fits =
    protocol === 'sqs'
      ? parseArn(endpoint).service === 'sqs'
      : protocol === 'email'
        ? /^[^@\s]+@[^@\s]+$/.test(endpoint)
        : URL.canParse(endpoint) && new URL(endpoint).protocol === `${protocol}:`;
  if (!fits) throw new AwsError(INVALID, `Invalid parameter: Endpoint for protocol ${protocol}`);
}
