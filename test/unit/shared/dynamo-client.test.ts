import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fromItem, toItem } from '../../../functions/shared/dynamo/item.ts';

interface Seen {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** A stand-in for DynamoDB that answers in order; `undefined` breaks the connection. */
async function answering(replies: readonly (Reply | undefined)[]): Promise<Seen[]> {
  const seen: Seen[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const reply = replies[seen.length];
      seen.push({ headers: request.headers as Seen['headers'], body });
      if (!reply) return request.socket.destroy();
      response.writeHead(reply.status).end(JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-west-3');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  return seen;
}

const fresh = () => import('../../../functions/shared/dynamo/index.ts');
const ok = { status: 200, body: {} };
const refusal = (type: string, more: object = {}) => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no', ...more },
});

describe('the DynamoDB client', () => {
  it('leaves out maps without members, which DynamoDB refuses', async () => {
    const seen = await answering([ok]);
    const { writeOne } = await fresh();
    const write = { table: 't', delete: { pk: 'a', sk: 'b' }, condition: 'attribute_exists(pk)' };
    await writeOne({ ...write, names: {}, values: {} });
    const sent = JSON.parse(seen[0]?.body ?? '') as object;
    expect(Object.keys(sent).filter((name) => name.startsWith('Expression'))).toEqual([]);
  });

  it('signs as the SDK does', async () => {
    const seen = await answering([ok, ok]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-21T10:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    const request = { TableName: 't', Key: { pk: { S: 'ä' } } };
    const sdk = new DynamoDBClient({});
    await sdk.send(new GetItemCommand({ ...request, ReturnConsumedCapacity: 'TOTAL' }));
    sdk.destroy();
    const { dynamo } = await fresh();
    await dynamo().send('GetItem', request);
    const [theirs, own] = seen.map(({ headers }) => headers);
    const credential = (headers: Seen['headers'] | undefined) =>
      /Credential=[^,]+/.exec(headers?.authorization ?? '')?.[0];
    expect(credential(own)).toBe(credential(theirs));
    expect(own).toMatchObject({
      'x-amz-date': theirs?.['x-amz-date'],
      'x-amz-security-token': 'session',
      'x-amz-content-sha256': theirs?.['x-amz-content-sha256'],
    });
  });

  it('sends the operation, the token of the session and the length of the body', async () => {
    const seen = await answering([ok]);
    const { dynamo } = await fresh();
    await dynamo().send('Query', { TableName: 'größe' });
    const [{ headers, body }] = seen as [Seen];
    expect(JSON.parse(body)).toEqual({ TableName: 'größe', ReturnConsumedCapacity: 'TOTAL' });
    expect(headers).toMatchObject({
      'x-amz-target': 'DynamoDB_20120810.Query',
      'x-amz-security-token': 'session',
      'content-length': String(Buffer.byteLength(body)),
    });
  });

  it.each([
    [{ status: 500, body: {} }],
    [refusal('ThrottlingException')],
    [refusal('ProvisionedThroughputExceededException')],
    [refusal('TransactionConflictException')],
    [undefined],
  ])('tries again after %j', async (reply) => {
    const seen = await answering([reply, reply, ok]);
    const { dynamo } = await fresh();
    await dynamo().send('PutItem', {});
    expect(seen).toHaveLength(3);
  });

  it('repeats a transaction with the same token, so that it counts once', async () => {
    const seen = await answering([undefined, ok]);
    const { transactWrite } = await fresh();
    const put = (pk: string) => ({ table: 't', put: { pk, sk: 'a' } });
    await transactWrite([put('1'), put('2')]);
    const [first, second] = seen.map(({ body }) => JSON.parse(body).ClientRequestToken);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
  });

  it.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'tries a transaction again that is refused for what others ask: %s',
    async (Code) => {
      const reasons = { CancellationReasons: [{ Code: 'None' }, { Code }] };
      const cancelled = refusal('TransactionCanceledException', reasons);
      const seen = await answering([cancelled, cancelled, ok]);
      const { transactWrite } = await fresh();
      const put = (pk: string) => ({ table: 't', put: { pk, sk: 'a' } });
      await transactWrite([put('1'), put('2')]);
      expect(seen).toHaveLength(3);
    },
  );

  it('signs once for an endpoint that compares no signature, and sends it no tokens', async () => {
    const seen = await answering([ok, ok]);
    vi.stubEnv('DYNAMODB_ENDPOINT_WITHOUT', 'signatures,tokens');
    const { dynamo } = await fresh();
    await dynamo().send('GetItem', {});
    await dynamo().send('TransactWriteItems', { TransactItems: [] });
    const [first, second] = seen.map(({ headers }) => headers);
    expect(first?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=/);
    expect(second?.authorization).toBe(first?.authorization);
    expect(second?.['x-amz-target']).toBe('DynamoDB_20120810.TransactWriteItems');
    expect(second?.['content-length']).toBe(String(Buffer.byteLength(seen[1]?.body ?? '')));
    expect(JSON.parse(seen[1]?.body ?? '')).not.toHaveProperty('ClientRequestToken');
  });

  it('signs each request for itself elsewhere', async () => {
    const seen = await answering([ok, ok]);
    const { dynamo } = await fresh();
    await dynamo().send('GetItem', { TableName: 'a' });
    await dynamo().send('GetItem', { TableName: 'b' });
    const [first, second] = seen.map(({ headers }) => headers.authorization);
    expect(second).not.toBe(first);
  });

  it('gives up after six attempts', async () => {
    const seen = await answering(Array.from({ length: 9 }, () => ({ status: 503, body: {} })));
    const { dynamo } = await fresh();
    await expect(dynamo().send('GetItem', {})).rejects.toThrow('HTTP 503');
    expect(seen).toHaveLength(6);
  });

  it('does not repeat what is wrong, and brings along what was there instead', async () => {
    const seen = await answering([
      refusal('ConditionalCheckFailedException', { Item: { pk: { S: 'a' }, n: { N: '1' } } }),
    ]);
    const { ConditionFailed, writeOne } = await fresh();
    const write = { table: 't', put: { pk: 'a', sk: 'b' }, condition: 'n = :n' };
    const error = await writeOne(write).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConditionFailed);
    expect(error).toMatchObject({ index: 0, item: { pk: 'a', n: 1 } });
    expect(seen).toHaveLength(1);
  });

  it('asks for what was there, but where nobody wants it', async () => {
    const seen = await answering([ok, ok]);
    const { writeOne } = await fresh();
    const write = { table: 't', put: { pk: 'a', sk: 'b' }, condition: 'n = :n' };
    await writeOne(write);
    await writeOne({ ...write, withoutItem: true });
    const asked = seen.map(({ body }) =>
      body.includes('"ReturnValuesOnConditionCheckFailure":"ALL_OLD"'),
    );
    expect(asked).toEqual([true, false]);
  });
});

const leaf = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => Math.abs(n) < 1e15),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.uint8Array(),
);
const { item } = fc.letrec<{ item: object; value: unknown }>((tie) => ({
  item: fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
  value: fc.oneof({ depthSize: 'small' }, leaf, tie('item'), fc.array(leaf)),
}));

/** A value with its bytes in base64. */
function shown(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(shown);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one)]));
}

describe('items', () => {
  it('are written as the SDK writes them, and come back as they were', () => {
    fc.assert(
      fc.property(item, (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const theirs = marshall(value, { removeUndefinedValues: true });
        expect(toItem(value)).toEqual(shown(theirs));
        expect(shown(fromItem(toItem(value)))).toEqual(shown(unmarshall(theirs)));
      }),
    );
  });

  it('keep an attribute of any name', () => {
    const value = JSON.parse('{"__proto__":{"constructor":"x"}}');
    expect(JSON.stringify(fromItem(toItem(value)))).toBe('{"__proto__":{"constructor":"x"}}');
  });

  it.each([Number.NaN, Infinity, new Date(), new Map(), new Set(['a']), () => 1, Symbol('s')])(
    'refuse what would be lost: %s',
    (value) => {
      expect(() => toItem({ value })).toThrow(TypeError);
    },
  );
});
