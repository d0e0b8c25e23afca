import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RegisteredModelCreated } from '../../../../functions/registry/events.ts';
import { drainLane } from '../../../../functions/webhooks/deliveries/drain-lane.ts';
import { handler as deliverer } from '../../../../functions/webhooks/webhooks-deliver.lambda.ts';
import {
  anEvent,
  call,
  context,
  create,
  deliver,
  ports,
  state,
  useWebhooks,
  WEBHOOKS,
} from '../api.ts';

const OWN = '/api/slipway/v1';

useWebhooks();

/** Only the queue is a stand-in: it shows which lanes were asked for. */
const queue = mockClient(SQSClient);
beforeEach(() => {
  queue.reset();
  queue.on(SendMessageCommand).resolves({});
});
const woken = () =>
  queue
    .commandCalls(SendMessageCommand)
    .map(({ args }) => JSON.parse(args[0].input.MessageBody ?? '{}').webhook_id);

const historyOf = (id: string, query = '') =>
  call('GET', `${OWN}/webhooks/${id}/deliveries${query}`);

describe('deliveries by HTTP', () => {
  it('are listed by status, found by id and replayed', async () => {
    state.answer = (_path, count) => ({ status: count === 1 ? 410 : 200 });
    const id = await create('/hook');
    const event = anEvent(RegisteredModelCreated);
    await deliver(event);
    await drainLane(id, ports, context);
    const { status, body } = await historyOf(id, '?status=FAILED');
    expect(status).toBe(200);
    expect(body.deliveries).toMatchObject([
      { id: `${id}-${event.metadata.id}`, status: 'FAILED', attempts: [{ status_code: 410 }] },
    ]);
    const [failed] = body.deliveries as unknown as { id: string; body: string }[];
    const found = await call('GET', `${OWN}/deliveries/${failed?.id}`);
    expect(found).toEqual({ status: 200, body: failed });

    const replay = await call('POST', `${OWN}/deliveries/${failed?.id}/replay`);
    expect(replay).toMatchObject({
      status: 200,
      body: { status: 'PENDING', webhook_id: id, replay_of: failed?.id, body: failed?.body },
    });
    expect(woken()).toEqual([id]);
    // The function has the clock of this machine, which is ahead.
    state.now += 60_000;
    await drainLane(id, ports, context);
    expect(state.receiver.at('/hook').map((one) => one.body)).toEqual([failed?.body, failed?.body]);
    const [again] = (await historyOf(id, '?status=DELIVERED')).body.deliveries as unknown as {
      id: string;
    }[];
    expect(again?.id).toBe((replay.body as unknown as { id: string }).id);
  });

  it('are those of a webhook that there is or was: others are not found', async () => {
    const id = await create('/hook');
    expect(await historyOf(id)).toEqual({ status: 200, body: { deliveries: [] } });
    await deliver(anEvent(RegisteredModelCreated));
    await call('DELETE', `${WEBHOOKS}/${id}`);
    expect((await historyOf(id)).body.deliveries).toHaveLength(1);
    expect(await historyOf(id, '?status=FAILED')).toEqual({
      status: 200,
      body: { deliveries: [] },
    });
    expect(await historyOf('NOPE')).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
    for (const [method, path] of [
      ['GET', 'deliveries/NOPE-1'],
      ['POST', 'deliveries/NOPE-1/replay'],
    ] as const) {
      expect(await call(method, `${OWN}/${path}`), path).toMatchObject({
        status: 404,
        body: { message: 'Delivery NOPE-1 does not exist' },
      });
    }
  });

  it('of a disabled webhook are not replayed', async () => {
    state.answer = () => ({ status: 410 });
    const id = await create('/hook');
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(id, { ...ports, failureLimit: 1 }, context);
    const [failed] = (await historyOf(id)).body.deliveries as unknown as { id: string }[];
    expect(await call('POST', `${OWN}/deliveries/${failed?.id}/replay`)).toMatchObject({
      status: 400,
      body: { message: `Webhook ${id} is DISABLED; activate it before a replay` },
    });
    expect(woken()).toEqual([]);
  });
});

describe('the function that delivers', () => {
  it.each([1, 3])('disables a webhook after the %i failures that it is told', async (limit) => {
    vi.stubEnv('WEBHOOK_FAILURE_LIMIT', String(limit));
    state.answer = () => ({ status: 410 });
    const id = await create('/gone');
    const statuses: unknown[] = [];
    for (let failure = 1; failure <= limit; failure++) {
      await deliver(anEvent(RegisteredModelCreated));
      const Records = [{ messageId: `m-${failure}`, body: JSON.stringify({ webhook_id: id }) }];
      const answer = await deliverer({ Records } as SQSEvent, {} as Context);
      expect(answer as SQSBatchResponse).toEqual({ batchItemFailures: [] });
      const { webhook } = (await call('GET', `${WEBHOOKS}/${id}`)).body;
      statuses.push((webhook as unknown as { status: string }).status);
    }
    expect(statuses).toEqual([...Array(limit - 1).fill('ACTIVE'), 'DISABLED']);
  });
});
