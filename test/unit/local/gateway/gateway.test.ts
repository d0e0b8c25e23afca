import { once } from 'node:events';
import { connect } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inProcess, startGateway } from './gateway-fixture.ts';

let fixture: Awaited<ReturnType<typeof startGateway>>;
let url: string;
const answers: Record<string, unknown> = {
  text: 'plain',
  object: { a: 1 },
  nothing: null,
  binary: { statusCode: 201, body: 'AAEC/w==', isBase64Encoded: true },
  cookies: { statusCode: 200, cookies: ['a=1; Path=/', 'b=2'], headers: { 'X-Count': 2 } },
  empty: { statusCode: 204 },
  bare: { statusCode: 200, body: 'ok' },
  redirect: { statusCode: 302, headers: { location: '/text' } },
  'bad-body': { statusCode: 200, body: { not: 'a text' } },
  'bad-status': { statusCode: 'teapot' },
  'bad-header': { statusCode: 200, headers: { 'x-a': 'line\nbreak' } },
};

beforeAll(async () => {
  fixture = await startGateway(
    inProcess({
      echo: (event) => event,
      answer: (event: APIGatewayProxyEventV2) => answers[event.rawPath.slice('/answer/'.length)],
      fail: () => {
        throw new Error('secret');
      },
      timeout: () => {
        throw Object.assign(new Error('late'), { name: 'Sandbox.Timedout' });
      },
      slow: () => new Promise((resolve) => setTimeout(() => resolve('late'), 2000).unref()),
    }),
    {
      before: (request, response) => {
        if (request.url !== '/__host') return false;
        response.end('host');
        return true;
      },
    },
  );
  url = fixture.url;
  fixture.api();
  fixture.route('ANY /echo', 'echo');
  fixture.route('ANY /echo/{id}/{rest+}', 'echo');
  fixture.route('ANY /answer/{name}', 'answer');
  fixture.route('GET /fail', 'fail');
  fixture.route('GET /timeout', 'timeout');
  fixture.route('GET /slow', 'slow', { integration: { TimeoutInMillis: 50 } });
});

afterAll(() => fixture.close());

const echo = async (path: string, init?: RequestInit) =>
  (await (await fetch(url + path, init)).json()) as APIGatewayProxyEventV2;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
describe('the event of payload format 2.0', () => {
  it('has every member of the format', async () => {
    const before = Date.now();
    const event = await echo('/echo?a=1&b=x%20y&a=2', {
      headers: { 'X-Custom': 'Yes', 'user-agent': 'test' },
    });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /echo',
      rawPath: '/echo',
      rawQueryString: 'a=1&b=x%20y&a=2',
      queryStringParameters: { a: '1,2', b: 'x y' },
      headers: { 'x-custom': 'Yes', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' },
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        apiId: 'api',
        http: { method: 'GET', path: '/echo', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
        routeKey: 'ANY /echo',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      },
    });
    expect(event.requestContext.timeEpoch).toBeGreaterThanOrEqual(before);
    expect(event.requestContext.timeEpoch).toBeLessThanOrEqual(Date.now());
    expect(event.requestContext.http.userAgent).toBe('test');
    expect(event).not.toHaveProperty('body');
    expect(event).not.toHaveProperty('cookies');
    expect(event).not.toHaveProperty('pathParameters');
  });

  it('decodes the path and its parameters once', async () => {
    const event = await echo('/echo/a%20b/c%2525/d');
    expect(event.rawPath).toBe('/echo/a b/c%25/d');
    expect(event.pathParameters).toEqual({ id: 'a b', rest: 'c%25/d' });
  });

  it.each([
    ['/echo/100%25/d', '100%', 'd'],
    ['/echo/100%2525/d', '100%25', 'd'],
    ['/echo/a%2Bb+c/d', 'a+b+c', 'd'],
    // A slash that was encoded parts the path all the same: API Gateway decodes before it matches.
    ['/echo/a%2Fb', 'a', 'b'],
    ['/echo/a%252Fb/d', 'a%2Fb', 'd'],
    ['/echo/a/b%2Fc%20%C3%A4', 'a', 'b/c ä'],
  ])('decodes %s once', async (path, id, rest) => {
    const event = await echo(path);
    expect(event.pathParameters).toEqual({ id, rest });
    expect(event.rawPath).toBe(`/echo/${id}/${rest}`);
  });

  it('takes cookies out of the headers', async () => {
    const event = await echo('/echo', { headers: { cookie: 'a=1; b=2' } });
    expect(event.cookies).toEqual(['a=1', 'b=2']);
    expect(event.headers).not.toHaveProperty('cookie');
  });

  it.each([
    ['application/json', '{"ä":1}', '{"ä":1}', false],
    ['text/csv; charset=utf-8', 'a,b', 'a,b', false],
    ['application/x-protobuf', 'ab', 'YWI=', true],
    ['application/x-www-form-urlencoded', 'a=1', 'YT0x', true],
    ['application/json', Buffer.from([0xff, 0xfe]), '//4=', true],
  ])('hands over a body of %s', async (type, body, text, isBase64Encoded) => {
    const event = await echo('/echo', {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect(event).toMatchObject({ body: text, isBase64Encoded });
  });
});

/** What is inferred from an answer without a status: the same page's section on Lambda function responses. */
describe('the answer', () => {
  it.each([
    ['text', 200, 'application/json', 'plain'],
    ['object', 200, 'application/json', '{"a":1}'],
    ['nothing', 200, 'application/json', 'null'],
    ['bare', 200, 'text/plain;charset=UTF-8', 'ok'],
    ['bad-body', 500, 'application/json', '{"message":"Internal Server Error"}'],
    ['bad-status', 500, 'application/json', '{"message":"Internal Server Error"}'],
    ['bad-header', 500, 'application/json', '{"message":"Internal Server Error"}'],
  ])('is inferred from %s', async (name, status, type, body) => {
    const response = await fetch(`${url}/answer/${name}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).toBe(body);
  });

  it('carries binary bodies, cookies and headers', async () => {
    const binary = await fetch(`${url}/answer/binary`);
    expect(binary.status).toBe(201);
    expect(Buffer.from(await binary.arrayBuffer())).toEqual(Buffer.from([0, 1, 2, 255]));
    const cookies = await fetch(`${url}/answer/cookies`);
    expect(cookies.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
    expect(cookies.headers.get('x-count')).toBe('2');
    expect((await fetch(`${url}/answer/empty`)).status).toBe(204);
    const redirect = await fetch(`${url}/answer/redirect`, { redirect: 'manual' });
    expect(redirect.headers.get('location')).toBe('/text');
  });

  it('has the length but no body for HEAD', async () => {
    const response = await fetch(`${url}/answer/bare`, { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('2');
    expect(await response.text()).toBe('');
  });

  it.each([
    ['/nowhere', 404, 'Not Found'],
    ['/%zz', 400, 'Bad Request'],
    ['/fail', 500, 'Internal Server Error'],
    ['/timeout', 503, 'Service Unavailable'],
    ['/slow', 503, 'Service Unavailable'],
  ])('to %s is %i %s', async (path, status, message) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message });
  });

  it.each([
    ['a declared length', Buffer.alloc(10 * 1024 * 1024 + 1)],
    ['chunks', new Blob([Buffer.alloc(10 * 1024 * 1024 + 1)]).stream()],
  ])('to more than 10 MB by %s is 413', async (_how, body) => {
    const response = await fetch(`${url}/echo`, {
      method: 'PUT',
      body,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: 'Request Too Long' });
  });

  it('of the host comes before the routes', async () => {
    expect(await (await fetch(`${url}/__host`)).text()).toBe('host');
  });
});

describe('a client that leaves in the middle of its request', () => {
  it('is no error of the host', async () => {
    const report = vi.spyOn(console, 'error');
    const other = await startGateway(inProcess({ echo: (event) => event }));
    other.api();
    other.route('$default', 'echo');
    const handle = vi.spyOn(other.gateway, 'handle');
    const socket = connect(Number(new URL(other.url).port), '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{');
    await expect.poll(() => handle.mock.calls.length).toBeGreaterThan(0);
    socket.destroy();
    await once(socket, 'close');
    await handle.mock.results[0]?.value;
    expect(report).not.toHaveBeenCalled();
    await other.close();
    vi.restoreAllMocks();
  });
});

describe('a stop', () => {
  it('waits for the answers that are still to come', async () => {
    let release = () => {};
    const held = new Promise<string>((resolve) => {
      release = () => resolve('done');
    });
    const asked = Promise.withResolvers<void>();
    const holding = () => {
      asked.resolve();
      return held;
    };
    const other = await startGateway(inProcess({ held: holding }));
    other.api();
    other.route('$default', 'held');
    const answer = fetch(other.url);
    await asked.promise;
    let stopped = false;
    const stop = other.gateway.stop().then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(stopped).toBe(false);
    release();
    const response = await answer;
    expect(await response.text()).toBe('done');
    expect(response.headers.get('connection')).toBe('close');
    await stop;
    await other.close();
  });
});

const authorizer = (...IdentitySource: string[]) => ({
  AuthorizerType: 'REQUEST',
  AuthorizerPayloadFormatVersion: '2.0',
  EnableSimpleResponses: true,
  AuthorizerUri: 'authorizer',
  IdentitySource,
});

const integration = (TimeoutInMillis: number) => ({
  IntegrationType: 'AWS_PROXY',
  PayloadFormatVersion: '2.0',
  IntegrationUri: 'echo',
  TimeoutInMillis,
});

describe('the providers', () => {
  const context = { region: '', accountId: '', assetPath: () => '' };
  const provider = (type: string) =>
    fixture.gateway.providers.find((one) => one.type === `AWS::ApiGatewayV2::${type}`)!;

  it.each([
    ['Api', { ProtocolType: 'WEBSOCKET' }, /second API|protocol/],
    ['Stage', { StageName: 'prod', AutoDeploy: true }, /stage prod/],
    ['Integration', { IntegrationType: 'HTTP_PROXY' }, /integration HTTP_PROXY/],
    ['Route', { AuthorizationType: 'JWT' }, /authorization JWT/],
    ['Authorizer', { AuthorizerType: 'JWT' }, /only REQUEST/],
    ['Authorizer', authorizer('$stageVariables.key'), /Id: identity source \$stageVariables\.key/],
    ['Authorizer', authorizer('$context.httpMethod'), /Id: identity source \$context\.httpMethod/],
    ['Integration', integration(30_001), /Id: TimeoutInMillis 30001/],
    ['Integration', integration(49), /Id: TimeoutInMillis 49/],
  ])('refuse an unsupported %s', (type, properties, message) => {
    expect(() => provider(type).create('Id', properties, context)).toThrow(message);
  });
});
