import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listEvents } from '../../../functions/events/list-events.ts';
import { outbox } from '../../../functions/events/outbox.ts';
import { handler } from '../../../functions/events/relay.lambda.ts';
import { RegisteredModelCreated } from '../../../functions/registry/events.ts';
import { platformTable } from '../../../functions/serving/table.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([platformTable]);
  process.env.EVENT_BUS = 'slipway-test';
});
afterAll(() => dynamo.stop());

/** Only the bus is a stand-in: it has to refuse entries when told to. */
const bus = mockClient(EventBridgeClient);
beforeEach(() => bus.reset());

function aBatch(model: string, count: number): DynamoDBStreamEvent {
  const records = Array.from({ length: count }, (_, i) => {
    const write = outbox('registry', RegisteredModelCreated, { model }, aContext());
    const row = (write as { put: object }).put;
    return {
      eventName: 'INSERT',
      dynamodb: { SequenceNumber: String(1000 + i), NewImage: marshall(row) },
    };
  });
  return { Records: records } as DynamoDBStreamEvent;
}

const relay = (event: DynamoDBStreamEvent) =>
  handler(event, {} as Context) as Promise<DynamoDBBatchResponse>;
const logged = async (model: string) =>
  (await listEvents({ subject: `model:${model}`, limit: 1000 })).events.length;

describe('events-relay', () => {
  it('publishes in tens, with the envelope as the event’s detail', async () => {
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [] });

    expect(await relay(aBatch('tens', 23))).toEqual({ batchItemFailures: [] });

    const calls = bus.commandCalls(PutEventsCommand).map((call) => call.args[0].input.Entries!);
    expect(calls.map((entries) => entries.length)).toEqual([10, 10, 3]);
    expect(calls[0]![0]).toMatchObject({
      EventBusName: 'slipway-test',
      Source: 'slipway.registry',
      DetailType: 'RegisteredModelCreated',
    });
    expect(JSON.parse(calls[0]![0]!.Detail!)).toMatchObject({
      metadata: { actor: 'ana', correlationId: 'test', version: 1 },
      data: { model: 'tens' },
    });
    expect(await logged('tens')).toBe(23);
  });

  it('asks for the rest from the first entry that the bus refused, and logs nothing twice', async () => {
    const refused = {
      FailedEntryCount: 1,
      Entries: [{ EventId: 'a' }, { EventId: 'b' }, { ErrorCode: 'ThrottlingException' }],
    };
    bus.on(PutEventsCommand).resolvesOnce({ FailedEntryCount: 0 }).resolvesOnce(refused);
    const batch = aBatch('refused', 15);

    expect(await relay(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: '1012' }] });

    bus.reset();
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    const rest = { Records: batch.Records.slice(12) };
    expect(await relay(rest)).toEqual({ batchItemFailures: [] });
    expect(await logged('refused')).toBe(15);
  });

  it('fails the batch when the bus cannot be reached, and keeps what it logged', async () => {
    bus.on(PutEventsCommand).rejects(new Error('unreachable'));
    const batch = aBatch('unreachable', 3);

    await expect(relay(batch)).rejects.toThrow('unreachable');
    bus.reset();
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    await relay(batch);

    expect(await logged('unreachable')).toBe(3);
  });
});
