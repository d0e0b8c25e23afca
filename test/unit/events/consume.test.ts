import type { Context, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../functions/events/catalogue.ts';
import { consumeBatches } from '../../../functions/events/consume.ts';
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

/** A consumer that cannot handle the model `broken`, and what it has handled, call by call. */
function aConsumer() {
  const calls: unknown[][] = [];
  const consume = consumeBatches(catalogue, async (events) => {
    const models = events.map(({ envelope }) => (envelope.data as { model: string }).model);
    if (models.includes('broken')) throw new Error('broken');
    calls.push(models);
  });
  const run = async (event: SQSEvent) => {
    const answer = (await consume(event, {} as Context)) as {
      batchItemFailures: { itemIdentifier: string }[];
    };
    return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { calls, run };
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
