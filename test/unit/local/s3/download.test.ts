import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startS3 } from './s3-fixture.ts';

/** More than a connection holds whose reader waits. */
const SIZE = 24_000_001;
const bytes = randomFillSync(Buffer.alloc(SIZE));
const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex');

let s3: Awaited<ReturnType<typeof startS3>>;

beforeAll(async () => {
  s3 = await startS3();
  await s3.put('large', bytes);
});

afterAll(() => s3.close());

/** The answer to a GET, of which nothing has been read. */
async function unread() {
  const read = request(`${s3.endpoint}/b/large`, { headers: { authorization: 'AWS4' } });
  const [response] = (await once(read.end(), 'response')) as [IncomingMessage];
  response.pause();
  return { read, response };
}

it('a reader who takes his time gets the bytes as they are', async () => {
  const { response } = await unread();
  await pause(100);
  expect(digest(await buffer(response))).toBe(digest(bytes));
});

it('any range is what lies between its ends', async () => {
  const place = fc.integer({ min: 0, max: SIZE - 1 });
  await fc.assert(
    fc.asyncProperty(place, place, async (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      const response = await s3.raw('/b/large', { headers: { range: `bytes=${start}-${end}` } });
      expect(response.status).toBe(206);
      const body = Buffer.from(await response.arrayBuffer());
      expect(digest(body)).toBe(digest(bytes.subarray(start, end + 1)));
    }),
    { numRuns: 10 },
  );
});

/** Files of objects that this process has open. */
const openFiles = () =>
  readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(`${s3.dataDir}/s3/objects`);
    } catch {
      return false;
    }
  }).length;

it.skipIf(process.platform !== 'linux')('a reader who leaves leaves no open file', async () => {
  const { read } = await unread();
  await expect.poll(openFiles).toBe(1);
  read.destroy();
  await expect.poll(openFiles).toBe(0);
  expect((await s3.get('large')).ContentLength).toBe(SIZE);
});

it.skipIf(process.platform !== 'linux')('nor does one with requests in line', async () => {
  const { hostname, port } = new URL(s3.endpoint);
  const connection = connect(Number(port), hostname);
  connection
    .pause()
    .write('GET /b/large HTTP/1.1\r\nhost: x\r\nauthorization: AWS4\r\n\r\n'.repeat(2));
  await expect.poll(openFiles).toBe(2);
  connection.destroy();
  await expect.poll(openFiles).toBe(0);
});
