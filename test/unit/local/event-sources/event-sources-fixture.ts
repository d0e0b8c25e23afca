import { onTestFinished } from 'vitest';
import { createEventSources } from '../../../../lib/local/event-sources/index.ts';
import type { Deliver, Delivery, InvocationResult } from '../../../../lib/local/service.ts';
import {
  clientOf,
  declareTable,
  openDynamoDb,
  tableProperties,
} from '../dynamodb/dynamodb-fixture.ts';
import { declareQueue, openSqs } from '../sqs/sqs-fixture.ts';
import { resourceContext, temporaryFolder } from '../support/aws-server.ts';

export interface StreamEvent {
  readonly Records: {
    readonly eventName: string;
    readonly eventSourceARN: string;
    readonly dynamodb: {
      readonly SequenceNumber: string;
      readonly Keys: { readonly pk: { readonly S: string } };
    };
  }[];
}

type Handler = (event: never) => unknown;

/** A function as the Lambda host would run it: what throws is a function error. */
async function run(handler: Handler, payload: string): Promise<InvocationResult> {
  try {
    return { payload: JSON.stringify((await handler(JSON.parse(payload) as never)) ?? null) };
  } catch (error) {
    return { payload: JSON.stringify({ errorMessage: String(error) }), functionError: 'Unhandled' };
  }
}

/** Real tables and queues, with a handler in place of the Lambda host. */
export async function aHost(dataDir = temporaryFolder(), answer: Deliver = async () => {}) {
  const dynamodb = await openDynamoDb(dataDir);
  const table = await declareTable(dynamodb, tableProperties('models'));
  const sqs = openSqs(dataDir);
  const deadArn = await declareQueue(sqs, 'dead');
  const queueArn = await declareQueue(sqs, 'jobs', {
    VisibilityTimeout: 1,
    RedrivePolicy: { deadLetterTargetArn: deadArn, maxReceiveCount: 2 },
  });
  const deliveries: Delivery[] = [];
  let handler: Handler = () => null;
  const eventSources = createEventSources({
    dataDir,
    dynamodb,
    queues: sqs.queues,
    lambda: {
      invoke: (_arn, payload) => run(handler, payload),
      invokeAsync: async () => {},
    },
    deliver: async (delivery) => {
      deliveries.push(delivery);
      await answer(delivery);
    },
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      await eventSources.stop();
      await sqs.stop();
      await dynamodb.stop();
    })();
    return stopped;
  };
  onTestFinished(stop);
  return {
    dataDir,
    dynamodb,
    client: clientOf(dynamodb),
    queues: sqs.queues,
    declareQueue: (name: string) => declareQueue(sqs, name),
    streamArn: table.StreamArn!,
    queueArn,
    deadArn,
    deliveries,
    eventSources,
    stop,
    /** Declares a mapping, starts it and sends its events to the handler. */
    feed: async (properties: Readonly<Record<string, unknown>>, to: Handler) => {
      handler = to;
      const mapping = { FunctionName: 'relay', ...properties };
      await eventSources.providers[0]!.create('Mapping', mapping, resourceContext);
      await eventSources.start();
    },
  };
}
