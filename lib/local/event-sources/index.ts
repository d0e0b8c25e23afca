import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DynamoDb } from '../dynamodb/index.ts';
import type { Deliver, LambdaInvoker, Lifecycle, ResourceProvider } from '../service.ts';
import { arn, parseArn } from '../shared/arn.ts';
import { pause } from '../shared/pause.ts';
import { UnsupportedError } from '../shared/properties.ts';
import type { QueueApi } from '../sqs/index.ts';
import { MAPPING_PROPERTIES, parseMapping } from './mapping.ts';
import { Positions } from './positions.ts';
import { QueueConsumer } from './queue-consumer.ts';
import { StreamConsumer } from './stream-consumer.ts';

const STOP_WITHIN_MS = 4000;
const PAUSE_AFTER_ERROR_MS = 1000;

interface EventSourcesOptions {
  readonly dataDir: string;
  readonly dynamodb: Pick<DynamoDb, 'streams' | 'tableOfStream' | 'retainFrom'>;
  readonly queues: QueueApi;
  readonly lambda: LambdaInvoker;
  /** Takes records that failed for good to a mapping's failure destination. */
  readonly deliver: Deliver;
}

interface EventSources extends Lifecycle {
  readonly providers: readonly ResourceProvider[];
  /** Skips what is in the streams and half-filled batches; to be called when all else is empty. */
  reset(): void;
}

interface Consumer {
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  skip(): void;
}

/** The event source mappings of the template: queues and table streams that feed functions. */
export function createEventSources(options: EventSourcesOptions): EventSources {
  const { dynamodb, queues, lambda: invoker, deliver } = options;
  const positions = new Positions(join(options.dataDir, 'event-sources.db'));
  const consumers = new Map<string, Consumer>();
  const stopping = new AbortController();
  let running: Promise<unknown> | undefined;

  const streamConsumer = (
    logicalId: string,
    properties: Readonly<Record<string, unknown>>,
    sourceArn: string,
  ) => {
    const table = dynamodb.tableOfStream(sourceArn);
    if (!table) throw new UnsupportedError(`${logicalId}: no stream ${sourceArn}`);
    const mapping = parseMapping(logicalId, properties, 'stream');
    const services = { stream: dynamodb.streams, positions, invoker, deliver };
    const consumer = new StreamConsumer(mapping, table, services);
    dynamodb.retainFrom(table, () => consumer.handled);
    return consumer;
  };

  const create = (logicalId: string, properties: Readonly<Record<string, unknown>>): Consumer => {
    const sourceArn = String(properties.EventSourceArn);
    const { service } = parseArn(sourceArn);
    if (service === 'dynamodb') return streamConsumer(logicalId, properties, sourceArn);
    if (service !== 'sqs') {
      throw new UnsupportedError(
        `${logicalId}: event source ${sourceArn} is not supported locally`,
      );
    }
    const mapping = parseMapping(logicalId, properties, 'queue');
    return new QueueConsumer(mapping, { queues, invoker });
  };

  return {
    providers: [
      {
        type: 'AWS::Lambda::EventSourceMapping',
        properties: MAPPING_PROPERTIES,
        create: (logicalId, properties) => {
          consumers.set(logicalId, create(logicalId, properties));
          const id = randomUUID();
          const own = arn('lambda', `event-source-mapping:${id}`);
          return { ref: id, attributes: { Id: id, EventSourceMappingArn: own } };
        },
      },
    ],
    reset: () => {
      for (const consumer of consumers.values()) consumer.skip();
    },
    start: async () => {
      running = Promise.all(
        [...consumers].map(([id, consumer]) => keepRunning(id, consumer, stopping.signal)),
      );
    },
    stop: async () => {
      stopping.abort();
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS))]);
      positions.close();
    },
  };
}

/** A consumer outlives an error of its surroundings, for example a full disk. */
async function keepRunning(id: string, consumer: Consumer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await consumer.run(signal);
    } catch (error) {
      if (signal.aborted) return;
      console.error(`${id}:`, error);
      await pause(PAUSE_AFTER_ERROR_MS, signal);
    }
  }
}
