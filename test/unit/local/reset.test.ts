import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isFromForeignPage } from '../../../lib/local/foreign-page.ts';
import { HostReset, type Resettable, serveReset } from '../../../lib/local/reset.ts';

/** A reset of services that only say that they were asked. */
function aReset(after: () => Promise<void> = async () => {}) {
  const asked: string[] = [];
  const part = (name: string): Resettable => ({ reset: () => void asked.push(name) });
  const reset = new HostReset(
    {
      stepFunctions: part('stepFunctions'),
      sageMaker: part('sageMaker'),
      lambda: part('lambda'),
      gateway: { settled: async () => void asked.push('answered') },
      s3: part('s3'),
      stores: [part('dynamodb'), part('eventSources')],
    },
    after,
  );
  return { reset, asked };
}

async function call(request: object) {
  const { reset, asked } = aReset();
  const answer = { status: 0, text: '' };
  const response = {
    writeHead: (status: number) => {
      answer.status = status;
      return {
        end: (text: string) => {
          answer.text = text;
        },
      };
    },
  };
  const whole = { url: '/__reset', method: 'POST', headers: {}, ...request };
  const served = await serveReset(reset, whole as IncomingMessage, response as ServerResponse);
  return { ...answer, served, emptied: asked.length > 0 };
}

const from = (remoteAddress: string) => ({ socket: { remoteAddress } });

describe('POST /__reset', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])(
    'empties the host for %s',
    async (address) => {
      expect(await call(from(address))).toMatchObject({ status: 200, text: 'OK', emptied: true });
    },
  );

  it.each([
    ['another machine', from('10.0.0.7'), 403],
    ['an address that only starts like loopback', from('127.0.0.1.example'), 403],
    ['another machine by IPv6', from('::ffff:10.0.0.7'), 403],
    ['nobody', from(''), 403],
    ['a page', { ...from('127.0.0.1'), headers: { origin: 'http://evil.example' } }, 403],
    ['a local page', { ...from('127.0.0.1'), headers: { origin: 'null' } }, 403],
    ['GET', { ...from('127.0.0.1'), method: 'GET' }, 405],
  ])('is refused to %s', async (_who, request, status) => {
    expect(await call(request)).toMatchObject({ status, served: true, emptied: false });
  });

  it('is one path only', async () => {
    for (const url of ['/__reset/', '/__reset?x', '/']) {
      expect(await call({ ...from('127.0.0.1'), url })).toMatchObject({ served: false });
    }
  });
});

describe('a reset', () => {
  it('ends what works before it empties for good what they write to', async () => {
    const { reset, asked } = aReset();
    await reset.run();
    expect(asked.lastIndexOf('dynamodb')).toBeGreaterThan(asked.lastIndexOf('lambda'));
    expect(asked.indexOf('answered')).toBeLessThan(asked.indexOf('lambda'));
    expect(asked.lastIndexOf('stepFunctions')).toBeGreaterThan(asked.indexOf('lambda'));
  });

  it('that is under way is everybody’s, and lets nothing in until all is made anew', async () => {
    let finish = () => {};
    const { reset, asked } = aReset(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    await Promise.all([reset.run(), reset.run()]);
    expect(asked.filter((name) => name === 's3')).toHaveLength(1);
    expect(reset.underWay).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve));
    finish();
    await reset.underWay;
    expect(reset.underWay).toBeUndefined();
    await reset.run();
    expect(asked.filter((name) => name === 's3')).toHaveLength(2);
  });
});

describe('a request of a page', () => {
  const request = (method: string, origin: string | undefined) =>
    ({ method, headers: { host: 'slipway.lan:5000', origin } }) as IncomingMessage;

  it.each([
    ['POST', undefined, false],
    ['POST', 'http://slipway.lan:5000', false],
    ['POST', 'http://localhost:3000', false],
    ['POST', 'http://127.0.0.1:3000', false],
    ['DELETE', 'http://[::1]:3000', false],
    ['GET', 'http://evil.example', false],
    ['POST', 'http://evil.example', true],
    ['PUT', 'http://slipway.lan:5001', true],
    ['PATCH', 'http://localhost.evil.example', true],
    ['DELETE', 'null', true],
    ['POST', 'nonsense', true],
  ])('%s from %s is foreign: %s', (method, origin, foreign) => {
    expect(isFromForeignPage(request(method, origin))).toBe(foreign);
  });
});
