import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../functions/events/catalogue.ts';
import { consumeBatches, consumeMessages } from '../../../functions/events/consume.ts';
import { RegisteredModelCreated } from '../../../functions/registry/events.ts';

/** Messages as a rule puts them into a queue; the id of each is the name of its model. */
function batchOf(...models: unknown[]): SQSEvent {
  const Records = models.map((model) => ({
    messageId: String(model),
    body: JSON.stringify({
      'detail-type': RegisteredModelCreated.type,
      detail: { metadata: { id: String(model) }, data: { model } },
    }),
  }));
  return { Records } as SQSEvent;
}

const failuresOf = (answer: unknown) =>
  (answer as SQSBatchResponse).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

/** A consumer that cannot handle the model `broken`, what it was asked and what it has handled, call by call. */
function aConsumer() {
  const asked: unknown[][] = [];
  const calls: unknown[][] = [];
  const consume = consumeBatches(catalogue, async (events) => {
    const models = events.map(({ envelope }) => (envelope.data as { model: string }).model);
    asked.push(models);
    if (models.includes('broken')) throw new Error('broken');
    calls.push(models);
  });
  const run = async (event: SQSEvent) => failuresOf(await consume(event, {} as Context));
  return { asked, calls, run };
}

describe('a consumer of batches', () => {
  it('handles the events of a batch together', async () => {
    const { calls, run } = aConsumer();
    expect(await run(batchOf('a', 'b', 'c'))).toEqual([]);
    expect(calls).toEqual([['a', 'b', 'c']]);
  });

  it('hands back just the event that it cannot handle', async () => {
    const { calls, run } = aConsumer();
    expect(await run(batchOf('a', 'broken', 'c'))).toEqual(['broken']);
    expect(calls).toEqual([['a'], ['c']]);
  });

  it('tries an event that came by itself once, and hands it back', async () => {
    const { asked, run } = aConsumer();
    expect(await run(batchOf('broken'))).toEqual(['broken']);
    expect(asked).toEqual([['broken']]);
  });

  it.each<[string, SQSEvent['Records'][number]['body']]>([
    ['is no JSON', '{'],
    ['is of no known type', JSON.stringify({ 'detail-type': 'Unheard', detail: {} })],
    ['lacks what its schema asks for', JSON.stringify({ 'detail-type': 'RegisteredModelCreated' })],
  ])('hands back just the message that %s', async (_, body) => {
    const { calls, run } = aConsumer();
    const { Records } = batchOf('a', 'b');
    const poison = { ...Records[0], messageId: 'poison', body } as SQSEvent['Records'][number];
    expect(await run({ Records: [poison, ...Records] })).toEqual(['poison']);
    expect(calls).toEqual([['a', 'b']]);
  });
});

describe('a consumer of messages', () => {
  it('hands back just the one that it cannot handle, and goes on with those behind it', async () => {
    const handled: unknown[] = [];
    const consume = consumeMessages(() => async (body) => {
      if (body === 'broken') throw new Error('broken');
      handled.push(body);
    });
    const Records = ['a', 'broken', 'c'].map((text) => ({
      messageId: text,
      body: JSON.stringify(text),
    }));
    const answer = await consume({ Records } as SQSEvent, {} as Context);
    expect(failuresOf(answer)).toEqual(['broken']);
    expect(handled).toEqual(['a', 'c']);
  });
});
