import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ModelVersion } from '../../../../functions/registry/index.ts';
import { checkCustom } from '../../../../functions/validation/checks/check-custom.ts';
import { selfSigned } from '../../../support/certificate.ts';

const source = 's3://bucket/model';
const tags = { owner: 'ana' };
const version = { name: 'm', version: 3, run_id: 'r', source, tags } as unknown as ModelVersion;

/** Status and body of the service, by path. */
const ANSWERS: Readonly<Record<string, [number, string]>> = {
  '/passes': [200, JSON.stringify({ passed: true, measured: 0.02, limit: { max: 0.05 } })],
  '/fails': [200, JSON.stringify({ passed: false, message: 'biased', unit: 'share' })],
  '/breaks': [503, JSON.stringify({ passed: true })],
  '/moved': [302, JSON.stringify({ passed: true })],
  '/babbles': [200, 'yes'],
  '/vague': [200, JSON.stringify({ passed: 'yes' })],
};

let service: Server;
let origin = '';
const asked: unknown[] = [];

beforeAll(async () => {
  service = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    asked.push([request.method, JSON.parse(body)]);
    const [status, text] = ANSWERS[request.url ?? ''] ?? [404, ''];
    response.writeHead(status, { location: '/passes' }).end(text);
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
afterAll(() => service.close());

/** The check of a service; its answers are those of the path. */
async function resultOf(path: string, allowPrivate = true) {
  vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', String(allowPrivate));
  const [result] = await checkCustom({ name: 'legal', url: origin + path }, version);
  return result;
}

describe('a custom check by address', () => {
  it('is posted what it is about, and passes with what it measured', async () => {
    const measured = { measured: 0.02, limit: { max: 0.05 } };
    expect(await resultOf('/passes')).toMatchObject({ status: 'PASSED', ...measured });
    const about = { check: 'legal', model: 'm', version: '3', run_id: 'r', source, tags };
    expect(asked).toEqual([['POST', about]]);
  });

  it('fails in its own words', async () => {
    const own = { name: 'legal', status: 'FAILED', message: 'biased', unit: 'share' };
    expect(await resultOf('/fails')).toMatchObject(own);
  });

  it.each([
    ['/breaks', /answered 503/],
    ['/moved', /answered 302/],
    ['/babbles', /JSON/],
    ['/vague', /passed/],
  ])('is an error when it answers anything else: %s', async (path, message) => {
    expect(await resultOf(path)).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(message),
    });
  });

  it('calls no private address where that is not allowed', async () => {
    asked.length = 0;
    expect(await resultOf('/passes', false)).toMatchObject({ status: 'ERROR' });
    expect(asked).toEqual([]);
  });
});

describe('a custom check that hangs', () => {
  /** As time passes when each second is a millisecond; answers how long was asked for. */
  function inAHurry(): () => readonly number[] {
    const asked: number[] = [];
    const real = AbortSignal.timeout.bind(AbortSignal);
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      asked.push(ms);
      return real(ms / 1000);
    });
    return () => asked;
  }

  /** A service that takes every request and answers none. */
  async function silent<T>(use: (origin: string) => Promise<T>): Promise<T> {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('by address is an error after 60 s', async () => {
    vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'true');
    const waited = inAHurry();
    const [result] = await silent((url) => checkCustom({ name: 'legal', url }, version));
    expect(result).toMatchObject({ status: 'ERROR', message: 'No answer within 60000 ms' });
    expect(waited()).toEqual([60_000]);
  });

  it('by function is one, too', async () => {
    const function_arn = 'arn:aws:lambda:us-east-1:000000000000:function:bias';
    const waited = inAHurry();
    const [result] = await silent((url) => {
      vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', url);
      vi.stubEnv('AWS_REGION', 'us-east-1');
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
      return checkCustom({ name: 'bias', function_arn }, version);
    });
    expect(result).toMatchObject({ name: 'bias', status: 'ERROR' });
    expect(result?.message).toBe('No answer within 60000 ms');
    expect(waited()).toContain(60_000);
  });
});

describe('a custom check over HTTPS', () => {
  const { key, cert } = selfSigned();
  const secure = createSecureServer({ key, cert }, (_, response) => {
    response.end(JSON.stringify({ passed: true, message: 'in order' }));
  });
  const known = getCACertificates('default');
  beforeAll(() => new Promise<void>((resolve) => void secure.listen(0, '127.0.0.1', resolve)));
  afterEach(() => setDefaultCACertificates(known));
  afterAll(() => secure.close());

  async function asked() {
    vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'true');
    const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/check`;
    const [result] = await checkCustom({ name: 'legal', url }, version);
    return result;
  }

  it('is answered by a service whose certificate is known', async () => {
    setDefaultCACertificates([...known, cert]);
    expect(await asked()).toMatchObject({ status: 'PASSED', message: 'in order' });
  });

  it('is an error by one that anybody could be', async () => {
    expect(await asked()).toMatchObject({
      status: 'ERROR',
      message: expect.stringContaining('self-signed certificate'),
    });
  });
});
