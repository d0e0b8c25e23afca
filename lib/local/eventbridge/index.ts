import { join } from 'node:path';
import type { AwsService, Deliver, Lifecycle, ResourceProvider } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { DeliveryStore } from './delivery-store.ts';
import { Dispatcher } from './dispatcher.ts';
import { type PutEventsEntry, putEvents, tooManyEntries } from './put-events.ts';
import { compileRule, type Rule } from './rule.ts';

export interface EventBridge extends AwsService, Lifecycle {
  readonly providers: readonly ResourceProvider[];
  /** Puts an event of an AWS service on the default bus. */
  emit(source: string, detailType: string, detail: Readonly<Record<string, unknown>>): void;
}

/** Buses and rules of the template, deliveries in `eventbridge.db`. */
export function createEventBridge(options: { dataDir: string; deliver: Deliver }): EventBridge {
  const store = new DeliveryStore(join(options.dataDir, 'eventbridge.db'));
  const dispatcher = new Dispatcher(store, options.deliver);
  const buses = new Map<string, Rule[]>([['default', []]]);
  const rulesOf = (bus: string) => buses.get(bus);

  const busProvider: ResourceProvider = {
    type: 'AWS::Events::EventBus',
    properties: { Name: true, Description: 'ignored', Tags: 'ignored' },
    create: (logicalId, properties) => {
      const name = String(properties.Name ?? logicalId);
      buses.set(name, []);
      return { ref: name, attributes: { Arn: arn('events', `event-bus/${name}`), Name: name } };
    },
  };
  const ruleProvider: ResourceProvider = {
    type: 'AWS::Events::Rule',
    properties: {
      Name: true,
      Description: 'ignored',
      EventBusName: true,
      EventPattern: true,
      State: true,
      Targets: {
        Id: true,
        Arn: true,
        Input: true,
        InputPath: true,
        DeadLetterConfig: { Arn: true },
      },
    },
    create: (logicalId, properties) => {
      const rule = compileRule(logicalId, properties);
      buses.get(rule.bus)?.push(rule);
      return {
        ref: rule.name,
        attributes: { Arn: arn('events', `rule/${rule.bus}/${rule.name}`) },
      };
    },
  };

  const put = (entries: readonly PutEventsEntry[]) => putEvents(entries, rulesOf, dispatcher);
  return {
    ...awsJsonService({
      signingName: 'events',
      version: '1.1',
      operations: {
        PutEvents: (input) => {
          const entries = (input.Entries ?? []) as PutEventsEntry[];
          if (tooManyEntries(entries)) {
            throw new AwsError('ValidationException', 'Entries must have 1 to 10 members');
          }
          return put(entries);
        },
        ListEventBuses: () => ({
          EventBuses: [...buses.keys()].map((Name) => ({
            Name,
            Arn: arn('events', `event-bus/${Name}`),
          })),
        }),
        ListRules: (input) => ({
          Rules: (rulesOf(String(input.EventBusName ?? 'default')) ?? []).map(({ name }) => ({
            Name: name,
            State: 'ENABLED',
          })),
        }),
      },
    }),
    providers: [busProvider, ruleProvider],
    emit: (source, detailType, detail) => {
      put([{ Source: source, DetailType: detailType, Detail: JSON.stringify(detail) }]);
    },
    start: async () => dispatcher.start(),
    stop: async () => {
      await dispatcher.stop();
      store.close();
    },
  };
}
