import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import { TEST_TIMEOUT_MS } from '../../support/patience.ts';

/** `ARTIFACT_LARGE_BYTES=5e9` for the size that one PUT may have. */
const BYTES = Math.round(Number(process.env.ARTIFACT_LARGE_BYTES ?? 300e6));

/** What the host may need above what small files have taken, whatever the size. */
const MAX_GROWTH_MB = 120;

const CHUNK = Buffer.alloc(1 << 20, 'slipway ');
const PROXY = '/api/2.0/mlflow-artifacts/artifacts/7/run/artifacts';

const host = new TestHost();

beforeAll(async () => {
  await host.start();
  // What first requests load is not what a large one needs.
  for (const bytes of [1000, 3_000_000, 6_000_000]) {
    expect(await upload(`warm-${bytes}`, bytes)).toBe(200);
    await download(`warm-${bytes}`);
  }
});
afterAll(() => host.stop());

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

/** One PUT with the length told beforehand, as MLflow's clients send a file. */
async function upload(name: string, bytes: number): Promise<number | undefined> {
  const request = send(`${host.url}${PROXY}/${name}`, {
    method: 'PUT',
    headers: { 'content-length': bytes },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    request.once('error', reject).once('response', (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
  });
  await pipeline(Readable.from(content(bytes)), request);
  return answered;
}

async function download(name: string): Promise<string> {
  const { status, body } = await fetch(`${host.url}${PROXY}/${name}`);
  expect(status).toBe(200);
  return digest(body ?? []);
}

/** The most memory that the host, all its functions included, ever had at once, in MB. */
function peak(): number {
  const status = readFileSync(`/proc/${host.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
}

describe.runIf(process.platform === 'linux')(`an artifact of ${BYTES / 1e6} MB`, () => {
  it(
    'goes up and down through the proxy byte for byte, in memory that does not depend on its size',
    async () => {
      const before = peak();
      expect(await upload('model.bin', BYTES)).toBe(200);
      const listed = await host.call<{ files: readonly object[] }>(
        'GET',
        '/api/2.0/mlflow-artifacts/artifacts?path=7/run/artifacts',
      );
      expect(listed.body.files).toContainEqual({
        path: 'model.bin',
        is_dir: false,
        file_size: BYTES,
      });
      expect(await download('model.bin')).toBe(await digest(content(BYTES)));
      expect(peak() - before).toBeLessThan(MAX_GROWTH_MB);
    },
    TEST_TIMEOUT_MS + BYTES / 1e4,
  );
});
