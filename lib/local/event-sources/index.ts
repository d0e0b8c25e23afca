import { join } from 'node:path';
import type { DynamoDb } from '../dynamodb/index.ts';
import type { Deliver, LambdaInvoker, Lifecycle, ResourceProvider } from '../service.ts';
import { parseArn } from '../shared/arn.ts';
import { UnsupportedError } from '../shared/properties.ts';
import type { Queues } from '../sqs/queues.ts';
import { type EventSourceMapping, MAPPING_PROPERTIES, toMapping } from './event-source-mapping.ts';
import { PositionStore } from './position-store.ts';
import { QueuePoller } from './queue-poller.ts';
import { StreamPoller } from './stream-poller.ts';

const TRIM_EVERY_MS = 2000;

export interface EventSources extends Lifecycle {
  readonly providers: readonly ResourceProvider[];
}

/** The event source mappings of the template: queues and table streams that feed functions. */
export function createEventSources(options: {
  readonly dataDir: string;
  readonly dynamodb: DynamoDb;
  readonly queues: Queues;
  readonly lambda: LambdaInvoker;
  readonly deliver: Deliver;
}): EventSources {
  const positions = new PositionStore(join(options.dataDir, 'event-sources.db'));
  const queuePollers: QueuePoller[] = [];
  const streamPollers = new Map<string, StreamPoller[]>();
  let trimming: NodeJS.Timeout | undefined;

  const addStream = (mapping: EventSourceMapping) => {
    const table = options.dynamodb.tableOfStream(mapping.sourceArn);
    if (!table) throw new UnsupportedError(`${mapping.id}: no stream ${mapping.sourceArn}`);
    const { lambda, deliver } = options;
    const stream = options.dynamodb.streams;
    const poller = new StreamPoller(mapping, table, { stream, positions, lambda, deliver });
    streamPollers.set(table, [...(streamPollers.get(table) ?? []), poller]);
  };

  const provider: ResourceProvider = {
    type: 'AWS::Lambda::EventSourceMapping',
    properties: MAPPING_PROPERTIES,
    create: (logicalId, properties) => {
      const mapping = toMapping(logicalId, properties);
      const { service } = parseArn(mapping.sourceArn);
      if (service === 'sqs') {
        queuePollers.push(new QueuePoller(mapping, options.queues, options.lambda));
      } else if (service === 'dynamodb') addStream(mapping);
      else throw new UnsupportedError(`${logicalId}: event source ${mapping.sourceArn}`);
      return { ref: logicalId, attributes: { Id: logicalId } };
    },
  };

  const all = () => [...queuePollers, ...[...streamPollers.values()].flat()];
  return {
    providers: [provider],
    start: async () => {
      for (const poller of all()) poller.start();
      trimming = setInterval(() => {
        for (const [table, pollers] of streamPollers) {
          options.dynamodb.streams.trim(table, Math.min(...pollers.map(({ handled }) => handled)));
        }
      }, TRIM_EVERY_MS);
    },
    stop: async () => {
      clearInterval(trimming);
      await Promise.all(all().map((poller) => poller.stop()));
      positions.close();
    },
  };
}
