import { createHash } from 'node:crypto';
import * as z from 'zod';
import { compilePattern } from '../../../functions/shared/event-pattern/pattern.ts';
import type { Letter } from '../deliveries/delivery-queue.ts';
import { retryPolicy } from '../deliveries/retry-policy.ts';
import type { PropertySpec } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { messageOf } from '../shared/message-of.ts';
import { parseProperties } from '../shared/parse-input.ts';
import { UnsupportedError } from '../shared/properties.ts';
import type { BusEvent } from './event.ts';
import { compilePath } from './json-path.ts';
import { compileInput } from './target-input.ts';

/** Where an event can go from here; any other ARN stops the start, and not each delivery. */
const TARGET = /^arn:aws:(lambda|sqs|states):/;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html */
const target = z.object({
  Arn: z.string().regex(TARGET, 'a target must be a function, a queue or a state machine locally'),
  Id: z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, ., - and _'),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .object({
      InputPathsMap: z.record(z.string(), z.string()).optional(),
      InputTemplate: z.string(),
    })
    .optional(),
  DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
  SqsParameters: z.object({ MessageGroupId: z.string().min(1).max(100) }).optional(),
  RetryPolicy: retryPolicy,
});

const rule = z.object({
  Name: z.string().optional(),
  EventBusName: z.string().default('default'),
  EventPattern: z.unknown().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z
    .array(target)
    .max(5)
    .refine((all) => new Set(all.map(({ Id }) => Id)).size === all.length, 'an Id occurs twice')
    .default([]),
  ScheduleExpression: z
    .undefined({ error: 'scheduled rules are not supported locally: use AWS::Scheduler::Schedule' })
    .optional(),
});

export const RULE_PROPERTIES: PropertySpec = {
  Name: true,
  Description: 'ignored',
  EventBusName: true,
  EventPattern: true,
  RoleArn: 'ignored',
  ScheduleExpression: true,
  State: true,
  Tags: 'ignored',
  Targets: {
    Arn: true,
    Id: true,
    Input: true,
    InputPath: true,
    InputTransformer: { InputPathsMap: true, InputTemplate: true },
    DeadLetterConfig: { Arn: true },
    SqsParameters: { MessageGroupId: true },
    RetryPolicy: { MaximumEventAgeInSeconds: true, MaximumRetryAttempts: true },
    RoleArn: 'ignored',
  },
};

export interface Rule {
  readonly name: string;
  readonly bus: string;
  readonly arn: string;
  readonly enabled: boolean;
  readonly matches: (event: BusEvent) => boolean;
  /** What each target is to get of an event. */
  readonly lettersFor: (event: BusEvent) => Letter[];
}

/** A rule from its CloudFormation properties. Throws `UnsupportedError`. */
export function compileRule(logicalId: string, properties: unknown): Rule {
  const parsed = parseProperties(logicalId, rule, properties);
  const name = parsed.Name ?? logicalId;
  const bus = parsed.EventBusName.split('/').at(-1) ?? '';
  const own = arn('events', bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`);
  if (parsed.EventPattern === undefined) {
    throw new UnsupportedError(`${logicalId}: a rule needs an EventPattern`);
  }
  const matches = guarded(logicalId, () => compilePattern(parsePattern(parsed.EventPattern)));
  const targets = parsed.Targets.map((one) => {
    const transform = guarded(`${logicalId}: target ${one.Id}`, () =>
      compileInput(one, { name, arn: own }),
    );
    const suffix = createHash('sha256').update(`${own} ${one.Id}`).digest('hex').slice(0, 12);
    const deadLetterArn = one.DeadLetterConfig?.Arn;
    const groupOf = guarded(`${logicalId}: target ${one.Id}`, () => compileGroup(one));
    return (event: BusEvent): Letter => {
      const payload = transform(event);
      const original = JSON.stringify(event);
      const group = groupOf(event);
      return {
        targetArn: one.Arn,
        payload,
        ...(original !== payload && { original }),
        executionName: `${event.id}_${suffix}`,
        origin: own,
        ...(group !== undefined && { group }),
        ...(deadLetterArn !== undefined && { deadLetterArn }),
        maxRetries: one.RetryPolicy.MaximumRetryAttempts,
        maxAgeSeconds: one.RetryPolicy.MaximumEventAgeInSeconds,
      };
    };
  });
  return {
    name,
    bus,
    arn: own,
    enabled: parsed.State === 'ENABLED',
    matches,
    lettersFor: (event) => targets.map((letterFor) => letterFor(event)),
  };
}

/** The message group of a target's messages: a text, or where it stands in the event. */
function compileGroup({
  SqsParameters: parameters,
}: z.infer<typeof target>): (event: BusEvent) => string | undefined {
  const group = parameters?.MessageGroupId;
  if (!group?.startsWith('$')) return () => group;
  const at = compilePath(group);
  return (event) => {
    const found = at(event);
    return typeof found === 'string' ? found : undefined;
  };
}

const parsePattern = (pattern: unknown) =>
  typeof pattern === 'string' ? (JSON.parse(pattern) as unknown) : pattern;

function guarded<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UnsupportedError(`${what}: ${messageOf(error)}`);
  }
}
