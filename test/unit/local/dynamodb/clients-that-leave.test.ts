import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { forwarder } from '../../../../lib/local/dynamodb/forward.ts';
import { PATIENCE_MS } from '../../../support/patience.ts';

const servers: Server[] = [];
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listen(listener: RequestListener) {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

const connectionsOf = (server: Server) =>
  new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

const engineOn = (port: number): RequestListener => {
  const forward = forwarder(`http://127.0.0.1:${port}`);
  closers.push(forward.close);
  return (request, response) => void forward.handle(request, response);
};

describe('a request that is forwarded', () => {
  it('to the engine leaves nothing open when its client has left before the answer came', async () => {
    const asked = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const service = await listen(async (_request, response) => {
      asked.resolve();
      await left.promise;
      response.writeHead(200, { 'content-length': 50e6 });
      response.write(Buffer.alloc(5e6));
    });
    const front = await listen(engineOn(service.port));
    front.server.on('connection', (socket) => socket.once('close', () => left.resolve()));
    const client = connect(front.port, '127.0.0.1');
    client.write('GET /file HTTP/1.1\r\nhost: x\r\n\r\n');
    await asked.promise;
    client.destroy();
    const open = () => connectionsOf(service.server);
    await expect.poll(open, { timeout: PATIENCE_MS }).toBe(0);
  });

  it('to the engine ends with its client that leaves in the middle of a body', async () => {
    const begun = Promise.withResolvers<void>();
    const service = await listen((request) => {
      request.once('data', () => begun.resolve()).once('error', () => {});
    });
    const front = await listen(engineOn(service.port));
    const client = connect(front.port, '127.0.0.1');
    client.write('PUT /file HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nbegin');
    await begun.promise;
    client.destroy();
    const open = () => connectionsOf(service.server);
    await expect.poll(open, { timeout: PATIENCE_MS }).toBe(0);
  });
});
