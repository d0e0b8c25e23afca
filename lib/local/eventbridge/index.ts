import { join } from 'node:path';
import * as z from 'zod';
import { compilePattern, PatternError } from '../../../functions/shared/event-pattern/pattern.ts';
import { DeliveryQueue, type Letter } from '../deliveries/delivery-queue.ts';
import type { AwsService, Deliver, Lifecycle, ResourceProvider } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import { type AwsOperation, awsJsonService } from '../shared/aws-json.ts';
import { openDatabase, transaction } from '../shared/database.ts';
import { messageOf } from '../shared/message-of.ts';
import { pageOf } from '../shared/page.ts';
import { parseInput } from '../shared/parse-input.ts';
import { UnsupportedError } from '../shared/properties.ts';
import { type BusEvent, newEvent } from './event.ts';
import { type Accept, putEvents } from './put-events.ts';
import { compileRule, RULE_PROPERTIES, type Rule } from './rule.ts';

interface EventBridgeOptions {
  readonly dataDir: string;
  readonly deliver: Deliver;
  /** Told of each event that a bus accepts. */
  readonly onEvent?: (event: BusEvent) => void;
}

interface EventBridge extends AwsService, Lifecycle {
  readonly providers: readonly ResourceProvider[];
  /** Puts an event of an AWS service about a resource, by its ARN, on the default bus; durable on return. */
  emit(
    source: string,
    detailType: string,
    detail: Readonly<Record<string, unknown>>,
    resource: string,
  ): void;
  /** Forgets what was not delivered. */
  reset(): void;
}

const INVALID = 'ValidationException';
const tested = z.strictObject({ Event: z.string(), EventPattern: z.string() });
const listed = z.strictObject({
  NamePrefix: z.string().default(''),
  Limit: z.number().int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
});
const onBus = listed.extend({ EventBusName: z.string().default('default') });

/** Buses and rules of the template; events on their way to targets in `eventbridge.db`. */
export function createEventBridge(options: EventBridgeOptions): EventBridge {
  const database = openDatabase(join(options.dataDir, 'eventbridge.db'), '');
  const deliveries = new DeliveryQueue(database, options.deliver, 'RULE_ARN');
  const buses = new Map<string, Rule[]>([['default', []]]);

  const letters = (rules: readonly Rule[], event: BusEvent): Letter[] => {
    options.onEvent?.(event);
    return rules
      .filter((rule) => rule.enabled && rule.matches(event))
      .flatMap((rule) => rule.lettersFor(event));
  };
  const put: Accept = (entries) => {
    const written: Letter[] = [];
    const ids = entries.map(({ bus, event: entry }) => {
      const rules = buses.get(bus);
      if (!rules) return undefined;
      const event = newEvent(entry);
      written.push(...letters(rules, event));
      return event.id;
    });
    return deliveries.accept(written).then(() => ids);
  };
  return {
    ...awsJsonService({
      signingName: 'events',
      version: '1.1',
      operations: eventOperations(buses, put),
    }),
    providers: [busProvider(buses), ruleProvider(buses)],
    emit: (source, detailType, detail, resource) => {
      const event = newEvent({ source, detailType, detail, resources: [resource] });
      const written = letters(buses.get('default') ?? [], event);
      if (written.length === 0) return;
      transaction(database, () => deliveries.add(written));
      deliveries.wake();
    },
    reset: () => deliveries.clear(),
    start: async () => deliveries.start(),
    stop: async () => {
      await deliveries.stop();
      database.close();
    },
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html */
function eventOperations(
  buses: ReadonlyMap<string, readonly Rule[]>,
  put: Accept,
): Record<string, AwsOperation> {
  const busOf = (name: string): readonly Rule[] => {
    const rules = buses.get(name);
    if (rules) return rules;
    throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
  };
  return {
    PutEvents: (input) => putEvents(input, put),
    TestEventPattern: (input) => testPattern(input),
    ListEventBuses: (input) => {
      const query = parseInput(listed, input, INVALID);
      const names = [...buses.keys()].filter((name) => name.startsWith(query.NamePrefix));
      const { shown, next } = pageOf(names, query.Limit, query.NextToken, INVALID);
      return {
        EventBuses: shown.map((Name) => ({ Name, Arn: busArn(Name) })),
        NextToken: next,
      };
    },
    ListRules: (input) => {
      const query = parseInput(onBus, input, INVALID);
      const begins = (rule: Rule) => rule.name.startsWith(query.NamePrefix);
      const rules = busOf(query.EventBusName).filter(begins);
      const { shown, next } = pageOf(rules, query.Limit, query.NextToken, INVALID);
      const Rules = shown.map((rule) => ({
        Name: rule.name,
        Arn: rule.arn,
        EventBusName: rule.bus,
        State: rule.enabled ? 'ENABLED' : 'DISABLED',
      }));
      return { Rules, NextToken: next };
    },
  };
}

const busArn = (name: string) => arn('events', `event-bus/${name}`);

const busProvider = (buses: Map<string, Rule[]>): ResourceProvider => ({
  type: 'AWS::Events::EventBus',
  properties: {
    Name: true,
    Description: 'ignored',
    KmsKeyIdentifier: 'ignored',
    LogConfig: 'ignored',
    Policy: 'ignored',
    Tags: 'ignored',
  },
  create: (logicalId, properties) => {
    const name = String(properties.Name ?? logicalId);
    buses.set(name, []);
    return { ref: name, attributes: { Arn: busArn(name), Name: name } };
  },
});

const ruleProvider = (buses: Map<string, Rule[]>): ResourceProvider => ({
  type: 'AWS::Events::Rule',
  properties: RULE_PROPERTIES,
  create: (logicalId, properties) => {
    const rule = compileRule(logicalId, properties);
    const rules = buses.get(rule.bus);
    if (!rules) throw new UnsupportedError(`${logicalId}: there is no event bus ${rule.bus}`);
    rules.push(rule);
    const ref = rule.bus === 'default' ? rule.name : `${rule.bus}|${rule.name}`;
    return { ref, attributes: { Arn: rule.arn } };
  },
});

function testPattern(input: unknown) {
  const { Event, EventPattern } = parseInput(tested, input, INVALID);
  try {
    return { Result: compilePattern(JSON.parse(EventPattern))(JSON.parse(Event)) };
  } catch (error) {
    const isPattern = error instanceof PatternError;
    const message = messageOf(error);
    throw new AwsError(isPattern ? 'InvalidEventPatternException' : INVALID, message);
  }
}
