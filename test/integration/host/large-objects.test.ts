import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_TIMEOUT_MS } from '../../support/patience.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

/** `S3_LARGE_BYTES=5e9` for the size that S3 takes in one request. */
const BYTES = Math.round(Number(process.env.S3_LARGE_BYTES ?? 160e6));

/** What the process may need above what it needs at rest, whatever the size. */
const MAX_GROWTH_MB = 90;

const CHUNK = Buffer.alloc(1 << 20, 'slipway ');
const TIMEOUT = TEST_TIMEOUT_MS + BYTES / 1e4;

let child: ChildProcess;
let folder: string;
let client: S3Client;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-s3-'));
  child = fork(join(import.meta.dirname, '../../support/aws/s3-program.ts'), [folder]);
  const [port] = await once(child, 'message');
  client = new S3Client({ ...LOCAL_CLIENT, endpoint: `http://127.0.0.1:${port}` });
  // What a first request loads is not what a large one needs.
  await client.send(new PutObjectCommand({ Bucket: 'b', Key: 'small', Body: CHUNK }));
});
afterAll(() => {
  client.destroy();
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The most memory that the process ever had at once, in MB. */
function peak(): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
}

function* content(bytes: number) {
  for (let left = bytes; left > 0; left -= CHUNK.length) {
    yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
  }
}

async function digest(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

async function download(Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'b', Key }));
  return digest(Body as Readable);
}

describe.runIf(process.platform === 'linux')(`an object of ${BYTES / 1e6} MB`, () => {
  it(
    'goes up in one request and down in constant memory, byte for byte',
    async () => {
      const before = peak();
      const object = { Bucket: 'b', Key: 'one', ContentLength: BYTES };
      await client.send(new PutObjectCommand({ ...object, Body: Readable.from(content(BYTES)) }));
      expect(await download('one')).toBe(await digest(content(BYTES)));
      expect(peak() - before).toBeLessThan(MAX_GROWTH_MB);
    },
    TIMEOUT,
  );

  it(
    'is joined from its parts in constant memory',
    async () => {
      const before = peak();
      const target = { Bucket: 'b', Key: 'parts' };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
      const size = Math.ceil(BYTES / 3);
      const Parts = [];
      for (const PartNumber of [1, 2, 3]) {
        const part = { ...target, UploadId, PartNumber, ContentLength: size };
        const Body = Readable.from(content(size));
        const { ETag } = await client.send(new UploadPartCommand({ ...part, Body }));
        Parts.push({ PartNumber, ETag });
      }
      const MultipartUpload = { Parts };
      await client.send(
        new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }),
      );
      const whole = [...content(size), ...content(size), ...content(size)];
      expect(await download('parts')).toBe(await digest(whole));
      expect(peak() - before).toBeLessThan(MAX_GROWTH_MB);
    },
    TIMEOUT,
  );
});
