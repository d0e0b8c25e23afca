import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { toAuditEvent } from '../../../functions/events/audit-event.ts';
import { catalogue } from '../../../functions/events/catalogue.ts';
import {
  consumeBatches,
  consumeEvents,
  consumeMessages,
  on,
} from '../../../functions/events/consume.ts';
import { type OutboxRow, outbox } from '../../../functions/events/outbox.ts';
import { taskHandler } from '../../../functions/events/tasks.ts';
import {
  ModelPermissionsChanged,
  RegisteredModelCreated,
} from '../../../functions/registry/events.ts';
import { aContext } from '../../support/context.ts';

const rowOf = (write: ReturnType<typeof outbox>) => (write as unknown as { put: OutboxRow }).put;

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

describe('a reader of events', () => {
  const event = (type: string, data: object, metadata: object = {}) =>
    ({
      Records: [
        {
          messageId: 'one',
          body: JSON.stringify({ 'detail-type': type, detail: { metadata, data } }),
        },
      ],
    }) as SQSEvent;
  const { sample } = ModelPermissionsChanged;
  /** As a publisher of a later release may write it. */
  const later = {
    ...sample,
    since: '2027-01-01',
    access: sample.access.map((entry) => ({ ...entry, by: 'ana' })),
    previous_access: sample.access,
  };

  it('passes over fields that it does not know, wherever they are', async () => {
    const read: unknown[] = [];
    const one = consumeEvents([on(ModelPermissionsChanged, async (data) => void read.push(data))]);
    const many = consumeBatches(catalogue, async ([first]) => void read.push(first?.envelope.data));
    const batch = event('ModelPermissionsChanged', later);
    for (const consume of [one, many]) {
      expect(failuresOf(await consume(batch, {} as Context))).toEqual([]);
    }
    const known = { ...sample, previous_access: sample.access };
    expect(read).toEqual([known, known]);
  });

  it('refuses what lacks a field or has one of another type, with fields that it does not know or without', async () => {
    const consume = consumeEvents([on(ModelPermissionsChanged, async () => undefined)]);
    const { access: _, ...lacking } = later;
    for (const data of [lacking, { ...later, model: 1 }, { ...sample, access: 'all' }]) {
      const answer = await consume(event('ModelPermissionsChanged', data), {} as Context);
      expect(failuresOf(answer)).toEqual(['one']);
    }
  });

  it('is strict where events are written', () => {
    expect(() => outbox('registry', ModelPermissionsChanged, later, aContext())).toThrow(
      /unrecognized/i,
    );
  });

  it('acts as the platform, because of the event that it handles', async () => {
    const seen: unknown[] = [];
    const metadata = { id: '01K5A00000000000000000EVNT', correlationId: 'request-1' };
    const consume = consumeEvents([
      on(ModelPermissionsChanged, async (_data, context) => {
        seen.push(
          toAuditEvent(rowOf(outbox('registry', ModelPermissionsChanged, sample, context))),
        );
      }),
    ]);
    await consume(event('ModelPermissionsChanged', sample, metadata), {} as Context);
    expect(seen).toMatchObject([
      { actor: 'slipway', causation_id: metadata.id, correlation_id: 'request-1' },
    ]);
  });
});

describe('a task of a state machine', () => {
  const run = async (ids: object) => {
    const tasks = taskHandler({
      announce: async (_input, context) =>
        toAuditEvent(rowOf(outbox('registry', RegisteredModelCreated, { model: 'm' }, context))),
    });
    return tasks({ task: 'announce', input: {}, ...ids }, {} as Context);
  };

  it('acts as the platform, because of the event that started its execution', async () => {
    const ids = { correlation_id: 'request-1', causation_id: '01K5A00000000000000000EVNT' };
    expect(await run(ids)).toMatchObject({ actor: 'slipway', ...ids });
    expect(await run({})).toMatchObject({ correlation_id: '', causation_id: null });
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
