import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busEntryOf } from '../../support/aws/bus-entry.ts';
import { FaultyAssembly } from '../../support/faulty-assembly.ts';
import {
  dayOfRequests,
  defineLoop,
  InFlight,
  invokeLoop,
  LOOP,
  trainVersion,
} from '../../support/host/small-loop.ts';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

const assembly = new FaultyAssembly();
/** Every batch of events goes out in its order, and then once more from its end. */
assembly.wrap(
  'events-relay',
  `
  export const handler = async (event, context) => {
    const answer = await real(event, context);
    await real({ ...event, Records: event.Records.toReversed() }, context);
    return answer;
  };`,
);
const host = new TestHost({ assembly: assembly.write() });
let inFlight: InFlight;

beforeAll(async () => {
  await host.start();
  inFlight = new InFlight(host);
  await defineLoop(host);
});
afterAll(async () => {
  inFlight.close();
  await host.stop();
  assembly.remove();
});

/** What must not change however often, and in whatever order, the world is told again. */
async function state() {
  const get = async (path: string) => (await host.call('GET', path)).body;
  const versions = await Promise.all(
    ['1', '2', '3'].map(async (version) => ({
      version: await get(`/api/2.0/mlflow/model-versions/get?name=${LOOP}&version=${version}`),
      verdict: await get(`/api/slipway/v1/models/${LOOP}/versions/${version}/validation`),
    })),
  );
  return {
    events: (await host.events()).map(({ id, type }) => `${type} ${id}`),
    versions,
    model: await get(`/api/2.0/mlflow/registered-models/get?name=${LOOP}`),
    promotions: await get(`/api/slipway/v1/models/${LOOP}/promotions`),
    endpoint: await get(`/api/2.0/serving-endpoints/${LOOP}`),
    windows: await get(`/api/slipway/v1/endpoints/${LOOP}/windows`),
    executions: await get(`/api/slipway/v1/pipelines/${LOOP}/executions`),
    succeeded: (await inFlight.executions('SUCCEEDED')).sort(),
    failed: await inFlight.executions('FAILED'),
    messages: [...(await inFlight.messages())],
  };
}

const served = async () => {
  const response = await fetch(`${host.url}/serving-endpoints/${LOOP}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // The window that is still open: a request for a closed one would have it evaluated again.
    body: JSON.stringify(dayOfRequests(5)),
  });
  return response.headers.get('slipway-model-version');
};

describe('events that come twice and in the wrong order', () => {
  it('lead to one verdict, one decision, one training and the right version', async () => {
    expect(await trainVersion(host, 'first')).toBe('1');
    await host.waitFor('EndpointVersionSwitched', { endpoint: LOOP, to: '1' });
    expect(await trainVersion(host, 'second')).toBe('2');
    // Six days close five windows; two days have drifted, the cooldown lets one of them train.
    for (let day = 0; day < 6; day++)
      await invokeLoop(host, dayOfRequests(day, day === 2 || day === 3 ? 5 : 0));
    await host.waitFor('PromotionDecided', { challenger: '3' });
    await host.call('POST', '/api/2.0/mlflow/registered-models/alias', {
      name: LOOP,
      alias: 'champion',
      version: '2',
    });
    await host.waitFor('EndpointVersionSwitched', { endpoint: LOOP, to: '2' });
    await inFlight.settled();

    const events = await host.events();
    const count = (type: string, by: (data: Readonly<Record<string, unknown>>) => unknown) =>
      events
        .filter((event) => event.type === type)
        .map(({ data }) => by(data))
        .sort();
    const versions = ['1', '2', '3'];
    expect(count('ModelVersionRegistered', ({ version }) => version)).toEqual(versions);
    expect(count('ModelVersionValidated', ({ version }) => version)).toEqual(versions);
    expect(count('PromotionDecided', ({ challenger }) => challenger)).toEqual(versions);
    expect(count('EndpointVersionSwitched', ({ to }) => to)).toEqual(['1', '2']);
    expect(new Set(count('WindowClosed', ({ window, kind }) => `${kind} ${window}`)).size).toBe(
      count('WindowClosed', () => 0).length,
    );
    expect(count('RetrainingDecided', ({ outcome }) => outcome)).toHaveLength(2);
    expect(count('TrainingRequested', ({ execution_id: id }) => id)).toHaveLength(3);
    // The data path may go on with what it knows for half a second.
    await expect.poll(served).toBe('2');
  });

  it('change nothing when all of them come again from the last to the first, over the bus', async () => {
    const before = await state();
    const bus = new EventBridgeClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
    for (const event of (await host.events()).toReversed()) {
      const Entries = [busEntryOf(event)];
      expect(await bus.send(new PutEventsCommand({ Entries }))).toMatchObject({
        FailedEntryCount: 0,
      });
    }
    bus.destroy();
    await inFlight.settled();
    expect(await state()).toEqual(before);
    expect(await served()).toBe('2');
  });

  it('change nothing when they are put into the queues of their consumers', async () => {
    const before = await state();
    const sqs = new SQSClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
    const consumers: Readonly<Record<string, readonly string[]>> = {
      validation: ['ModelVersionRegistered'],
      promotion: ['ModelVersionValidated'],
      serving: ['ModelAliasMoved'],
      monitoring: ['WindowClosed'],
      pipelines: ['DriftDetected', 'TrainingRequested'],
    };
    const events = (await host.events()).toReversed();
    for (const [consumer, types] of Object.entries(consumers)) {
      const queue = new GetQueueUrlCommand({ QueueName: `slipway-dev-${consumer}-events` });
      const { QueueUrl } = await sqs.send(queue);
      const mine = events.filter(({ type }) => types.includes(type));
      expect(mine.length, consumer).toBeGreaterThan(0);
      for (const event of [...mine, ...mine]) {
        const { DetailType, Detail } = busEntryOf(event);
        const MessageBody = JSON.stringify({
          'detail-type': DetailType,
          detail: JSON.parse(Detail),
        });
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
      }
    }
    sqs.destroy();
    await inFlight.settled();
    expect(await state()).toEqual(before);
    expect(await served()).toBe('2');
  });
});
