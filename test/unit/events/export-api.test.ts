import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAuditEvent } from '../../../functions/events/audit-event.ts';
import { appendEvents } from '../../../functions/events/audit-log-store.ts';
import type { EventDefinition } from '../../../functions/events/define.ts';
import { handler } from '../../../functions/events/events.lambda.ts';
import { type OutboxRow, outbox } from '../../../functions/events/outbox.ts';
import {
  RegisteredModelCreated,
  RegisteredModelDeleted,
} from '../../../functions/registry/events.ts';
import { platformTable } from '../../../functions/serving/table.ts';
import { callApi, callForText } from '../../support/call-api.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';

const EVENTS = '/api/slipway/v1/events';

interface Line {
  readonly seq: number;
  readonly type: string;
  readonly subject: string;
  readonly data: { readonly model: string };
}

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([platformTable]);
  const rowOf = (definition: EventDefinition<{ model: string }>, model: string) =>
    (outbox('registry', definition, { model }, aContext()) as unknown as { put: OutboxRow }).put;
  const rows = Array.from({ length: 12 }, (_, n) => [
    rowOf(RegisteredModelCreated, `m${n % 3}`),
    rowOf(RegisteredModelDeleted, `m${n % 3}`),
  ]).flat();
  await appendEvents(rows.map(toAuditEvent), Date.now());
});
afterAll(() => dynamo.stop());

const get = (query: string) => callForText(handler as never, 'GET', `${EVENTS}/export${query}`);
const linesOf = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

describe('the export of the audit trail by HTTP', () => {
  it('is a file of JSON Lines with every event, as the list has them', async () => {
    const { status, headers, text } = await get('');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="slipway-events.jsonl"',
    });
    expect(headers).not.toHaveProperty('slipway-next');
    expect(text.endsWith('\n')).toBe(true);
    const list = await callApi<{ events: Line[] }>(handler as never, 'GET', EVENTS);
    expect(linesOf(text)).toEqual(list.body.events);
    expect(linesOf(text).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 24 }, (_, i) => i + 1),
    );
  });

  it('keeps to the filters', async () => {
    const of = async (query: string) =>
      linesOf((await get(query)).text).map(({ type, data }) => `${type} ${data.model}`);
    expect(await of('?type=RegisteredModelDeleted&subject=model:m1')).toEqual(
      Array(4).fill('RegisteredModelDeleted m1'),
    );
    expect(new Set(await of('?subject=model:m2'))).toEqual(
      new Set(['RegisteredModelCreated m2', 'RegisteredModelDeleted m2']),
    );
    expect(await of('?type=RegisteredModelCreated')).toHaveLength(12);
    expect(await of('?after=22')).toEqual([
      'RegisteredModelCreated m2',
      'RegisteredModelDeleted m2',
    ]);
    expect(await of('?subject=model:none')).toEqual([]);
  });

  it('goes on where the header says, to the same events as at once', async () => {
    const filter = 'subject=model:m0';
    const paged: Line[] = [];
    let pages = 0;
    for (let after: string | undefined = '0'; after !== undefined; pages++) {
      const { headers, text } = await get(`?${filter}&limit=3&after=${after}`);
      paged.push(...linesOf(text));
      after = headers['slipway-next'];
    }
    expect(pages).toBeGreaterThan(2);
    expect(paged).toEqual(linesOf((await get(`?${filter}`)).text));
    expect(paged).toHaveLength(8);
  });

  it.each(['?limit=0', '?limit=1001', '?after=x', '?kind=Else'])('refuses %s', async (query) => {
    const { status, text } = await get(query);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' });
  });
});
