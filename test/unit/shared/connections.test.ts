import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openConnections } from '../../../functions/shared/dynamo/connections.ts';

type Respond = (socket: Socket, request: string, connection: number) => void;

/** A server that hears whole requests; returns its address and how many connections were made. */
async function serve(respond: Respond) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const connection = sockets.push(socket);
    socket.setEncoding('utf8').on('data', (text) => respond(socket, String(text), connection));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { endpoint: new URL(`http://127.0.0.1:${port}`), sockets };
}

const answer = (body: string, ...headers: string[]) =>
  ['HTTP/1.1 200 OK', `content-length: ${Buffer.byteLength(body)}`, ...headers, '', body].join(
    '\r\n',
  );

describe('connections', () => {
  it('are used again, with head and body of a request in one write', async () => {
    const seen: string[] = [];
    const { endpoint, sockets } = await serve((socket, request) => {
      seen.push(request);
      socket.write(answer('{}'));
    });
    const connections = openConnections(endpoint);
    await connections.post({ host: 'here', 'x-amz-target': 'a' }, 'größe');
    await connections.post({ host: 'here' }, '2');
    expect(sockets).toHaveLength(1);
    expect(seen[0]).toBe(
      'POST / HTTP/1.1\r\nhost: here\r\nx-amz-target: a\r\ncontent-length: 7\r\nConnection: keep-alive\r\n\r\ngröße',
    );
  });

  it('carry one request at a time; beyond fifty, requests wait', async () => {
    const held: Socket[] = [];
    const { endpoint, sockets } = await serve((socket) => {
      if (held.push(socket) >= 50) for (const one of held.splice(0)) one.write(answer('x'));
    });
    const connections = openConnections(endpoint);
    const answers = Array.from({ length: 100 }, () => connections.post({}, ''));
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(Array(100).fill('x'));
    expect(sockets).toHaveLength(50);
  });

  it('that the server ends are given up', async () => {
    const { endpoint, sockets } = await serve((socket) =>
      socket.write(answer('x', 'connection: close')),
    );
    const connections = openConnections(endpoint);
    await connections.post({}, '');
    await connections.post({}, '');
    expect(sockets).toHaveLength(2);
  });

  it('that the server ends while nobody uses them make room for others', async () => {
    const { endpoint, sockets } = await serve((socket) => socket.write(answer('x')));
    const connections = openConnections(endpoint);
    for (let round = 0; round < 60; round++) {
      // Refused where the end is noticed too late.
      await connections.post({}, '').catch(() => undefined);
      sockets.at(-1)?.destroy();
      await pause(5);
    }
    expect((await connections.post({}, '')).body).toBe('x');
  });

  it('that break in the middle of an answer fail their request and nobody else', async () => {
    const { endpoint, sockets } = await serve((socket, _request, connection) => {
      if (connection > 1) socket.write(answer('whole'));
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nto');
    });
    const connections = openConnections(endpoint);
    await expect(connections.post({}, '')).rejects.toThrow('aborted');
    expect((await connections.post({}, '')).body).toBe('whole');
    expect(sockets).toHaveLength(2);
  });

  it('that stay silent fail their requests, and those before an answer is whole', async () => {
    const { endpoint, sockets } = await serve((socket, _request, connection) => {
      if (connection === 2) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nto');
      if (connection === 3) socket.write(answer('whole'));
    });
    const connections = openConnections(endpoint, 2000);
    await expect(connections.post({}, '')).rejects.toThrow('does not answer');
    await expect(connections.post({}, '')).rejects.toThrow();
    expect((await connections.post({}, '')).body).toBe('whole');
    expect(sockets).toHaveLength(3);
  });

  it('carry answers in chunks, cut wherever the network cuts them', async () => {
    const body = Buffer.from('größe');
    const { endpoint } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      for (const byte of body) {
        socket.write(Buffer.concat([Buffer.from('1\r\n'), Buffer.of(byte), Buffer.from('\r\n')]));
      }
      socket.write('0\r\n\r\n');
    });
    expect((await openConnections(endpoint).post({}, '')).body).toBe('größe');
  });

  it.each([
    'nonsense\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ])('that answer %j fail their requests', async (text) => {
    const { endpoint } = await serve((socket) => socket.end(text));
    await expect(openConnections(endpoint).post({}, '')).rejects.toThrow();
  });

  it('on which something arrives that nobody asked for are not used again', async () => {
    const { endpoint, sockets } = await serve((socket) => socket.write(answer('x')));
    const connections = openConnections(endpoint);
    await connections.post({}, '');
    const closed = new Promise((resolve) => sockets[0]?.once('close', resolve));
    sockets[0]?.write(answer('y'));
    await closed;
    expect((await connections.post({}, '')).body).toBe('x');
    expect(sockets).toHaveLength(2);
  });

  it('that nobody answers on fail their requests', async () => {
    const { endpoint } = await serve((socket) => socket.destroy());
    await expect(openConnections(endpoint).post({}, '')).rejects.toThrow();
    await expect(openConnections(new URL('http://127.0.0.1:1')).post({}, '')).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});
