import type { LookupAddress } from 'node:dns';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { guardedPost } from '../../../functions/shared/http/guarded-request.ts';

/** What the name server answers: the only stand-in, the sockets are real. */
const names: Record<string, readonly LookupAddress[]> = {};
vi.mock('node:dns', () => ({
  lookup: (
    name: string,
    _options: object,
    callback: (error: Error | null, found: readonly LookupAddress[]) => void,
  ) => setImmediate(callback, names[name] ? null : new Error(`no ${name}`), names[name] ?? []),
}));

const PRIVATE = { address: '127.0.0.1', family: 4 };
const PUBLIC = { address: '93.184.215.14', family: 4 };

let server: Server;
let port = 0;
let connections = 0;

beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined).end('no TLS');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  connections = 0;
  vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'false');
});
afterAll(() => server.close());

const post = (name: string) =>
  guardedPost(`https://${name}:${port}/`, { headers: {}, body: '{}', timeoutMs: 60_000 });

describe('a guarded request to a name', () => {
  it.each([
    ['a private address', [PRIVATE]],
    ['a private address beside a public one', [PUBLIC, PRIVATE]],
  ])('connects to nothing when it resolves to %s', async (_, found) => {
    names['receiver.example'] = found;
    await expect(post('receiver.example')).rejects.toMatchObject({
      name: 'AddressRefused',
      message: 'receiver.example resolves to 127.0.0.1: not a public address',
    });
    expect(connections).toBe(0);
  });

  it('says when the name does not resolve', async () => {
    await expect(post('nowhere.example')).rejects.toThrow('no nowhere.example');
  });

  it('ends a connection to a private address that passed for a public one before', async () => {
    // A public address to who looks first, a private one to who connects.
    let looks = 0;
    const changing = {
      family: 4,
      get address() {
        looks += 1;
        return looks === 1 ? PUBLIC.address : PRIVATE.address;
      },
    };
    names['rebinding.example'] = [changing];
    await expect(post('rebinding.example')).rejects.toMatchObject({
      name: 'AddressRefused',
      message: '127.0.0.1 is not a public address',
    });
  });
});
