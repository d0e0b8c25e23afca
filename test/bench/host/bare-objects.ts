import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The peer of S3: the least that keeps an object on disk and knows its ETag, in a bare Node HTTP server. */
const folder = String(process.argv[2]);
const objects = new Map<string, { path: string; size: number; etag: string }>();

async function put(request: IncomingMessage) {
  const path = join(folder, randomUUID());
  const file = await open(path, 'wx');
  const md5 = createHash('md5');
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    md5.update(chunk);
    size += chunk.length;
    await file.writeFile(chunk);
  }
  await file.sync();
  await file.close();
  return { path, size, etag: md5.digest('hex') };
}

const server = createServer(async (request, response) => {
  const key = String(request.url);
  if (request.method === 'PUT') {
    const replaced = objects.get(key);
    const object = await put(request);
    objects.set(key, object);
    if (replaced) await rm(replaced.path);
    response.setHeader('etag', object.etag).end();
    return;
  }
  const object = objects.get(key);
  if (!object) return response.writeHead(404).end();
  response.setHeader('content-length', object.size).setHeader('etag', object.etag);
  await pipeline(createReadStream(object.path, { highWaterMark: 256 * 1024 }), response);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
