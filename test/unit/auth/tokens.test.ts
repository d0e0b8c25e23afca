import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayRequestAuthorizerEventV2, Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { handler } from '../../../functions/auth/auth.lambda.ts';
import { handler as authorizer } from '../../../functions/auth/authorizer.lambda.ts';
import { createProgramToken, endProgramToken } from '../../../functions/auth/index.ts';
import type { HttpEvent } from '../../../functions/shared/http/api.ts';
import { callApi } from '../../support/call-api.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { outboxRows } from '../../support/outbox.ts';

const PATH = '/api/slipway/v1/tokens';

interface Made {
  readonly id: string;
  readonly token: string;
}

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const call = <Body = Record<string, never>>(method: string, path: string, body?: object) =>
  callApi<Body>(handler as never, method, path, body);

async function made(input: object = { user: 'ana' }): Promise<Made> {
  const { status, body } = await call<Made>('POST', PATH, input);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const ask = (authorization: string) =>
  authorizer({ identitySource: [authorization] } as APIGatewayRequestAuthorizerEventV2);

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

const task = (name: string, input: object = {}) =>
  handler({ task: name, input } as never, {} as Context) as Promise<Record<string, unknown>>;

describe('a token', () => {
  it('admits its bearer, and as the password of whatever user name', async () => {
    const { token } = await made({ user: 'ana', groups: ['users', 'ml-leads'] });
    const ana = { isAuthorized: true, context: { user: 'ana', groups: ['users', 'ml-leads'] } };
    expect(await ask(`Bearer ${token}`)).toEqual(ana);
    expect(await ask(`bearer ${token}`)).toEqual(ana);
    expect(await ask(basic('token', token))).toEqual(ana);
    expect(await ask(basic('', token))).toEqual(ana);
  });

  it('is refused in every other form', async () => {
    const { id, token } = await made();
    const other = await made();
    const wrong = [
      '',
      token,
      'Bearer',
      'Bearer ',
      `Bearer ${token}x`,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token.toUpperCase()}`,
      `Bearer slw_${id}_${other.token.split('_').slice(2).join('_')}`,
      `Bearer slw_${'0'.repeat(16)}_${token.split('_').slice(2).join('_')}`,
      `Token ${token}`,
      basic(token, ''),
      basic(token, 'x'),
      'Basic !!!',
    ];
    for (const header of wrong) {
      expect(await ask(header), header).toEqual({ isAuthorized: false });
    }
  });

  it('is stored without its secret and shown once', async () => {
    const { id, token } = await made();
    const secret = token.split('_').slice(2).join('_');
    const client = new DynamoDBClient({});
    for (const TableName of ['auth', 'platform']) {
      const { Items } = await client.send(new ScanCommand({ TableName }));
      expect(JSON.stringify(Items)).toContain(id);
      expect(JSON.stringify(Items)).not.toContain(secret);
    }
    client.destroy();
    const { body } = await call('GET', PATH);
    expect(JSON.stringify(body)).not.toMatch(/hash|slw_/);
  });

  it('ends when it expires', async () => {
    const { token } = await made({ user: 'ana', expires_in: 'PT1H' });
    expect(await ask(`Bearer ${token}`)).toMatchObject({ isAuthorized: true });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3600_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await ask(`Bearer ${token}`)).toEqual({ isAuthorized: false });
  });

  it('ends when it is revoked, once', async () => {
    const { id, token } = await made();
    const revoked = await call('DELETE', `${PATH}/${id}`);
    expect(revoked).toMatchObject({ status: 200, body: { id, state: 'REVOKED' } });
    expect(revoked.body).not.toHaveProperty('token');
    expect(await ask(`Bearer ${token}`)).toEqual({ isAuthorized: false });
    const again = await call('DELETE', `${PATH}/${id}`);
    expect(again.body).toEqual(revoked.body);
    expect((await call('DELETE', `${PATH}/${'0'.repeat(16)}`)).status).toBe(404);
    const events = (await outboxRows('platform')).filter(
      ({ subject }) => subject === `token:${id}`,
    );
    expect(events.map(({ detailType }) => detailType).sort()).toEqual([
      'TokenCreated',
      'TokenRevoked',
    ]);
  });
});

describe('the API of tokens', () => {
  it('lists every token, page by page', async () => {
    const ids = [(await made()).id, (await made()).id, (await made()).id];
    const found: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const path: string = `${PATH}?limit=2${after && `&after=${after}`}`;
      const { body } = await call<{ tokens: Made[]; next: string | null }>('GET', path);
      const { tokens, next } = body;
      expect(tokens.length).toBeLessThanOrEqual(2);
      found.push(...tokens.map(({ id }) => id));
      after = next;
    }
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(ids));
  });

  it.each([
    [{}, 'user'],
    [{ user: 'a b' }, 'user'],
    [{ user: 'ana', groups: [] }, 'groups'],
    [{ user: 'ana', groups: ['a:b'] }, 'groups.0'],
    [{ user: 'ana', expires_in: 'tomorrow' }, 'expires_in'],
    [{ user: 'ana', expires_in: 'P99999Y' }, 'expires_in'],
    [{ user: 'ana', token: 'mine' }, 'token'],
  ])('refuses %j by its path', async (input, path) => {
    const { status, body } = await call('POST', PATH, input);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' });
    expect(JSON.stringify(body)).toContain(path);
  });

  it.each([
    ['POST', PATH],
    ['GET', PATH],
    ['DELETE', `${PATH}/0123456789abcdef`],
  ])('%s is for admins', async (method, rawPath) => {
    const send = async (lambda: unknown) => {
      const requestContext = { http: { method }, authorizer: { lambda } };
      const event = { rawPath, headers: {}, requestContext, body: '{"user":"eve"}' };
      const answer = await handler(event as HttpEvent, {} as Context);
      const { statusCode, body } = answer as { statusCode: number; body: string };
      return [statusCode, JSON.parse(body).error_code];
    };
    expect(await send({ user: 'eve', groups: ['users'] })).toEqual([403, 'PERMISSION_DENIED']);
    expect(await send(undefined)).toEqual([401, 'UNAUTHENTICATED']);
    expect(await send({ user: 'eve', groups: 'admins' })).toEqual([401, 'UNAUTHENTICATED']);
    expect(await send({ groups: ['admins'] })).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('the first token', () => {
  it('is made once, for an admin', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => task('create-first-token')));
    const tokens = answers.map(({ token }) => token).filter((token) => token !== null);
    expect(tokens).toHaveLength(1);
    expect(await ask(`Bearer ${tokens[0]}`)).toEqual({
      isAuthorized: true,
      context: { user: 'admin', groups: ['admins', 'users'] },
    });
    expect(await task('create-first-token')).toEqual({ token: null });
  });

  it('may be anybody’s for who may invoke the function', async () => {
    const { id, token } = await task('create-token', { user: 'bo', groups: ['admins'] });
    expect(await ask(`Bearer ${token}`)).toMatchObject({ context: { user: 'bo' } });
    expect(await task('revoke-token', { id })).toMatchObject({ state: 'REVOKED' });
    await expect(task('create-token', { user: '' })).rejects.toThrow(/user/);
  });
});

describe('the token of a program', () => {
  it('ends with the program, and is replaced by a second one', async () => {
    const program = { user: 'pipeline:delay', validUntil: Date.now() + 60_000 };
    const create = () => createProgramToken('job 1', program, aContext());
    const first = await create();
    const second = await create();
    expect(await ask(`Bearer ${first}`)).toEqual({ isAuthorized: false });
    expect(await ask(`Bearer ${second}`)).toEqual({
      isAuthorized: true,
      context: { user: 'pipeline:delay', groups: ['users', 'programs'] },
    });
    await endProgramToken('job 1');
    expect(await ask(`Bearer ${second}`)).toEqual({ isAuthorized: false });
  });
});
