import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { toAuditEvent } from '../../../functions/events/audit-event.ts';
import { appendEvents, lastSeq } from '../../../functions/events/audit-log-store.ts';
import { defineEvent } from '../../../functions/events/define.ts';
import { exportEvents } from '../../../functions/events/export-events.ts';
import { listEvents, listEventsQuery } from '../../../functions/events/list-events.ts';
import { type OutboxRow, outbox } from '../../../functions/events/outbox.ts';
import { relayEvents } from '../../../functions/events/relay-events.ts';
import { platformTable } from '../../../functions/serving/table.ts';
import { dynamo as client, writeOne } from '../../../functions/shared/dynamo/index.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([platformTable]);
});
afterAll(() => dynamo.stop());

const Happened = defineEvent({
  source: 'slipway.test',
  type: 'Happened',
  version: 1,
  schema: z.strictObject({ model: z.string(), n: z.int() }),
  subject: (data) => `model:${data.model}`,
  text: (data) => `${data.model} happened ${data.n}`,
  sample: { model: 'm', n: 1 },
});
const Else = defineEvent({ ...Happened, type: 'Else' });

function aRow(model: string, n: number, definition = Happened): OutboxRow {
  const write = outbox('platform', definition, { model, n }, aContext({ causationId: 'cause' }));
  return (write as { put: OutboxRow }).put;
}

const rows = (model: string, count: number) =>
  Array.from({ length: count }, (_, n) => aRow(model, n));
const append = (some: readonly OutboxRow[]) => appendEvents(some.map(toAuditEvent), Date.now());

describe('the audit log', () => {
  it('numbers events of concurrent writers without gaps, each in the order it was given', async () => {
    const before = await lastSeq();
    const writers = Array.from({ length: 6 }, (_, w) => rows(`writer-${w}`, 25));

    await Promise.all(writers.map(append));

    const { events } = await listEvents({ after: before, limit: 1000 });
    expect(events.map((event) => event.seq)).toEqual(
      Array.from({ length: 150 }, (_, i) => before + i + 1),
    );
    for (let w = 0; w < 6; w++) {
      const own = events.filter((event) => event.subject === `model:writer-${w}`);
      expect(own.map((event) => (event.data as { n: number }).n)).toEqual(
        Array.from({ length: 25 }, (_, n) => n),
      );
    }
  });

  it('appends a redelivered event once, also in another batch and beside new ones', async () => {
    const [a, b, c] = rows('again', 3) as [OutboxRow, OutboxRow, OutboxRow];

    await append([a, b]);
    await Promise.all([append([a, b, c]), append([b, c, b])]);

    const { events } = await listEvents({ subject: 'model:again' });
    expect(events.map((event) => (event.data as { n: number }).n)).toEqual([0, 1, 2]);
  });

  it('appends events that are new without looking for them', async () => {
    const send = vi.spyOn(client(), 'send');
    await append(rows('new', 40));
    expect(send.mock.calls.map(([name]) => name)).toEqual(['GetItem', 'TransactWriteItems']);
    send.mockRestore();
  });

  it('answers every field of the event', async () => {
    await append([aRow('fields', 7)]);
    const { events } = await listEvents({ subject: 'model:fields' });

    expect(events).toEqual([
      {
        seq: expect.any(Number),
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        type: 'Happened',
        source: 'slipway.test',
        subject: 'model:fields',
        text: 'fields happened 7',
        time: '2026-11-21T10:00:00.000Z',
        actor: 'ana',
        correlation_id: 'test',
        causation_id: 'cause',
        data: { model: 'fields', n: 7 },
      },
    ]);
  });

  it('pages through a filter to the same events as at once', async () => {
    for (let n = 0; n < 30; n++) await append([aRow('paged', n, n % 3 === 0 ? Else : Happened)]);
    const query = { type: 'Else', subject: 'model:paged' };
    const collected: number[] = [];

    let after = 0;
    for (;;) {
      const { events, next } = await listEvents({ ...query, after, limit: 4 });
      collected.push(...events.map((event) => event.seq));
      if (next === null) break;
      after = next;
    }

    const whole = await listEvents({ ...query, limit: 1000 });
    expect(collected).toEqual(whole.events.map((event) => event.seq));
    expect(collected).toHaveLength(10);
  });

  it('is exported as JSON Lines, page after page, to the same events', async () => {
    for (let n = 0; n < 7; n++) await append([aRow('exported', n)]);
    const lines: unknown[] = [];
    let after: number | undefined = 0;
    while (after !== undefined) {
      const query = { subject: 'model:exported', after, limit: 3 };
      const { headers, body = '' } = await exportEvents(query);
      expect(headers?.['content-type']).toContain('application/x-ndjson');
      lines.push(
        ...body
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as unknown),
      );
      const next = headers?.['slipway-next'];
      after = next === undefined ? undefined : Number(next);
    }
    const whole = await listEvents({ subject: 'model:exported', limit: 1000 });
    expect(lines).toEqual(whole.events);
    expect(lines).toHaveLength(7);
  });

  it('finds one type among many of another', async () => {
    const before = await lastSeq();
    await append([...rows('noise', 120), aRow('signal', 1, Else)]);

    const { events, next } = await listEvents({ type: 'Else', after: before, limit: 5 });

    expect(events.map((event) => event.subject)).toEqual(['model:signal']);
    expect(next).toBeNull();
  });

  it.each([{ after: '-1' }, { after: 'x' }, { limit: '0' }, { limit: '1001' }, { typ: 'Else' }])(
    'refuses %j',
    (query) => {
      expect(listEventsQuery.safeParse(query).success).toBe(false);
    },
  );
});

describe('a long log', () => {
  it('goes on in the next block of rows after 10,000 events', async () => {
    const last = 19_990;
    await writeOne({ table: 'platform', put: { pk: 'EVENTS', sk: 'HEAD', last } });

    await append(rows('long', 25));

    const all = await listEvents({ after: last });
    expect(all.events.map((event) => event.seq)).toEqual(
      Array.from({ length: 25 }, (_, i) => last + i + 1),
    );
    expect((await listEvents({ after: 20_005 })).events).toHaveLength(10);
    expect((await listEvents({ subject: 'model:long', after: 20_005 })).events).toHaveLength(10);
  });
});

describe('the relay', () => {
  it('logs before it publishes, and says where the bus stopped', async () => {
    const some = rows('relayed', 12);
    const order: string[] = [];

    const done = await relayEvents(some, {
      append: async (events, now) => {
        await appendEvents(events, now);
        order.push('logged');
      },
      publish: async () => {
        order.push('published');
        return 10;
      },
      clock: Date.now,
    });

    expect(done).toBe(10);
    expect(order).toEqual(['logged', 'published']);
    const { events } = await listEvents({ subject: 'model:relayed' });
    expect(events).toHaveLength(12);
  });
});
