import type { APIGatewayProxyEventV2, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { inProcess, startGateway } from './gateway-fixture.ts';

let fixture: Awaited<ReturnType<typeof startGateway>>;
let asked: APIGatewayRequestAuthorizerEventV2[];

const AUTHORIZER_URI =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/authorizer/invocations';

beforeAll(async () => {
  fixture = await startGateway(
    inProcess({
      echo: (event: APIGatewayProxyEventV2) => ({
        statusCode: 200,
        headers: { 'access-control-allow-origin': 'https://from.function' },
        body: JSON.stringify(event.requestContext),
      }),
      authorizer: (event: APIGatewayRequestAuthorizerEventV2) => {
        asked.push(event);
        const token = event.identitySource[0];
        if (token === 'broken') throw new Error('broken');
        return { isAuthorized: token === 'good', context: { user: 'ana' } };
      },
    }),
  );
  fixture.api({
    CorsConfiguration: {
      AllowOrigins: ['https://console.example'],
      AllowMethods: ['GET', 'PUT'],
      AllowHeaders: ['authorization'],
      ExposeHeaders: ['etag'],
      MaxAge: 60,
    },
  });
  const header = '$request.header.Authorization';
  for (const [id, ttl, sources] of [
    ['cached', 60, [header]],
    ['uncached', 0, [header]],
    ['by-query', 60, [header, '$request.querystring.team']],
    ['by-route', 60, [header, '$context.routeKey', '$context.identity.sourceIp']],
  ] as const) {
    fixture.create('Authorizer', id, {
      ApiId: 'api',
      Name: id,
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      AuthorizerUri: AUTHORIZER_URI,
      IdentitySource: sources,
      AuthorizerResultTtlInSeconds: ttl,
    });
    const route = { AuthorizationType: 'CUSTOM', AuthorizerId: id };
    fixture.route(`GET /${id}/{item}`, 'echo', { route });
    fixture.route(`GET /${id}/{item}/more`, 'echo', { route });
  }
  fixture.route('GET /open', 'echo');
});

beforeEach(() => {
  asked = [];
});

afterAll(() => fixture.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(fixture.url + path, { headers });

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
describe('a REQUEST authorizer', () => {
  it('lets a request pass and hands its context to the function', async () => {
    const response = await get('/uncached/1?x=2', { authorization: 'good' });
    expect(response.status).toBe(200);
    expect(((await response.json()) as { authorizer: unknown }).authorizer).toEqual({
      lambda: { user: 'ana' },
    });
    expect(asked[0]).toMatchObject({
      version: '2.0',
      type: 'REQUEST',
      routeArn: 'arn:aws:execute-api:us-east-1:000000000000:api/$default/GET/uncached/1',
      identitySource: ['good'],
      routeKey: 'GET /uncached/{item}',
      rawPath: '/uncached/1',
      pathParameters: { item: '1' },
      queryStringParameters: { x: '2' },
    });
    expect(asked[0]).not.toHaveProperty('body');
  });

  it.each([
    [{}, 401, 'Unauthorized', 0],
    [{ authorization: 'bad' }, 403, 'Forbidden', 1],
    [{ authorization: 'broken' }, 500, 'Internal Server Error', 1],
  ])('answers %o with %i', async (headers, status, message, questions) => {
    const response = await get('/uncached/1', headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message });
    expect(asked).toHaveLength(questions);
  });

  it('is asked once per identity while its answer is fresh', async () => {
    for (const item of ['1', '2', '3']) await get(`/cached/${item}`, { authorization: 'good' });
    expect(asked).toHaveLength(1);
    expect((await get('/cached/1', { authorization: 'other' })).status).toBe(403);
    expect(asked).toHaveLength(2);
  });

  it('is asked again once its answer is old', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const authorization = 'good, but not for long';
    await get('/cached/1', { authorization });
    vi.setSystemTime(Date.now() + 59_999);
    await get('/cached/1', { authorization });
    expect(asked).toHaveLength(1);
    vi.setSystemTime(Date.now() + 1);
    await get('/cached/1', { authorization });
    expect(asked).toHaveLength(2);
  });

  it('answers a route with what it answered another, unless the route is part of the identity', async () => {
    const headers = { authorization: 'good' };
    const paths = ['/by-query/1?team=a', '/by-query/1/more?team=a', '/by-query/1?team=b'];
    for (const path of paths) expect((await get(path, headers)).status).toBe(200);
    expect(asked.map(({ identitySource }) => identitySource)).toEqual([
      ['good', 'a'],
      ['good', 'b'],
    ]);
    expect((await get('/by-query/1', headers)).status).toBe(401);
    asked = [];
    for (const path of ['/by-route/1', '/by-route/2', '/by-route/1/more']) await get(path, headers);
    expect(asked.map(({ identitySource }) => identitySource)).toEqual([
      ['good', 'GET /by-route/{item}', '127.0.0.1'],
      ['good', 'GET /by-route/{item}/more', '127.0.0.1'],
    ]);
  });

  it('is asked each time without a cache', async () => {
    for (const item of ['1', '2']) await get(`/uncached/${item}`, { authorization: 'good' });
    expect(asked).toHaveLength(2);
  });
});

describe('--auth none', () => {
  it('takes the authorizer’s place: whatever the credentials, and no function is asked', async () => {
    const open = await startGateway(
      inProcess({
        echo: (event: APIGatewayProxyEventV2) => ({ authorizer: event.requestContext }),
        authorizer: () => asked.push({} as never),
      }),
      { auth: 'none' },
    );
    open.api();
    open.create('Authorizer', 'auth', {
      ApiId: 'api',
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      AuthorizerUri: AUTHORIZER_URI,
      IdentitySource: ['$request.header.Authorization'],
    });
    open.route('GET /closed', 'echo', {
      route: { AuthorizationType: 'CUSTOM', AuthorizerId: 'auth' },
    });
    const principal = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = (await (await fetch(`${open.url}/closed`, { headers })).json()) as {
        authorizer: { authorizer: { lambda: { user: string; groups: string[] } } };
      };
      return answer.authorizer.authorizer.lambda;
    };
    const groups = ['admins', 'users'];
    expect(await principal()).toEqual({ user: 'local', groups });
    expect(await principal('Bearer whatever')).toEqual({ user: 'local', groups });
    expect(await principal(`Basic ${btoa('ana:x')}`)).toEqual({ user: 'ana', groups });
    expect(await principal(`Basic ${btoa(':x')}`)).toEqual({ user: 'local', groups });
    expect(await principal('Basic %')).toEqual({ user: 'local', groups });
    expect(asked).toEqual([]);
    await open.close();
  });
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html */
describe('CORS', () => {
  const preflight = (origin: string) =>
    fetch(`${fixture.url}/open`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });

  it('answers a preflight of an allowed origin without asking a function', async () => {
    const response = await preflight('https://console.example');
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'https://console.example',
      'access-control-allow-methods': 'GET,PUT',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '60',
    });
  });

  it('allows another origin nothing', async () => {
    const response = await preflight('https://evil.example');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('access-control-allow-methods')).toBeNull();
  });

  it('replaces what the function says', async () => {
    const response = await get('/open', { origin: 'https://console.example' });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://console.example');
    expect(response.headers.get('access-control-expose-headers')).toBe('etag');
    expect(response.headers.get('vary')).toBe('origin');
  });

  it('marks refusals too, so that a browser may read them', async () => {
    const response = await get('/uncached/1', { origin: 'https://console.example' });
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://console.example');
  });
});
