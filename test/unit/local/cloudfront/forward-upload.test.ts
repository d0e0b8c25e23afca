import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { forwardUpload } from '../../../../lib/local/cloudfront/forward-upload.ts';
import type { AwsService } from '../../../../lib/local/service.ts';

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => server.close().closeAllConnections());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('an upload that the store does not take', () => {
  it.each([
    [400, 400, 'BAD_REQUEST'],
    [403, 400, 'BAD_REQUEST'],
    [500, 500, 'INTERNAL_ERROR'],
    [507, 507, 'INTERNAL_ERROR'],
  ])('with %d is told the client as %d', async (stored, told, error_code) => {
    const store: Pick<AwsService, 'handle'> = {
      handle: async (request, response) => {
        expect([request.method, request.url]).toEqual(['PUT', '/file?signed=yes']);
        expect(request.headers).toEqual({ host: 'store:1', 'content-length': '7' });
        expect(await text(request)).toBe('content');
        response.writeHead(stored).end('<why>');
      },
    };
    const front = await listen((request, response) => {
      const address = new URL('http://store:1/file?signed=yes');
      void forwardUpload(address, request, response, store);
    });
    const answer = await fetch(`${front}/file`, { method: 'PUT', body: Buffer.from('content') });
    expect(answer.status).toBe(told);
    expect(await answer.json()).toEqual({
      error_code,
      message: 'The file was not stored: <why>',
    });
  });
});
