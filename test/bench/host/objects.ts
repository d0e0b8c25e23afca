import { randomFillSync } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';
import { type Figure, spread } from '../figures.ts';

const CHUNK = 1 << 20;
const MEGABYTES = 1024;

const LIMITS = {
  up: [{ of: 'p50', atLeast: 150 }],
  down: [{ of: 'p50', atLeast: 400 }],
} as const;

interface Rates {
  readonly up: number[];
  readonly down: number[];
}

/**
 * One object of 1 GB (or less), up and down over presigned addresses, as clients move artifacts. A bare
 * Node server, if there is one, takes turns.
 */
export async function benchObjects(
  host: Pick<TestHost, 'awsUrl'>,
  { megabytes = MEGABYTES, account = 'local', turns = 1, bare = '' } = {},
): Promise<Figure[]> {
  const signed = await presigned(host.awsUrl, account);
  const own: Rates = { up: [], down: [] };
  const peer: Rates = { up: [], down: [] };
  for (let turn = 0; turn < turns; turn++) {
    await measure(signed, megabytes, own);
    if (bare) await measure({ put: `${bare}/large`, get: `${bare}/large` }, megabytes, peer);
  }
  return (['up', 'down'] as const).flatMap((way) => [
    spread(`S3, 1 GB ${way}`, 'MB/s', own[way], { limits: LIMITS[way] }),
    ...(bare ? [spread(`bare Node server, 1 GB ${way}`, 'MB/s', peer[way])] : []),
  ]);
}

async function presigned(endpoint: string, account: string): Promise<{ put: string; get: string }> {
  const s3 = new S3Client({
    ...LOCAL_CLIENT,
    credentials: { accessKeyId: account, secretAccessKey: account },
    endpoint,
    forcePathStyle: true,
    // The address is signed before there is a body to sum up.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const Bucket = (await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name;
  const target = { Bucket, Key: 'bench/large' };
  const put = await getSignedUrl(s3, new PutObjectCommand(target));
  const get = await getSignedUrl(s3, new GetObjectCommand(target));
  s3.destroy();
  return { put, get };
}

async function measure(
  { put, get }: { readonly put: string; readonly get: string },
  megabytes: number,
  rates: Rates,
): Promise<void> {
  rates.up.push(await megabytesPerSecond(put, 'PUT', megabytes));
  rates.down.push(await megabytesPerSecond(get, 'GET', megabytes));
}

function megabytesPerSecond(
  url: string,
  method: 'PUT' | 'GET',
  megabytes: number,
): Promise<number> {
  const chunk = randomFillSync(Buffer.alloc(CHUNK));
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const headers = method === 'PUT' ? { 'content-length': CHUNK * megabytes } : {};
    const sent = request(url, { method, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${method}: ${response.statusCode}`));
      response.resume().on('end', () => {
        resolve((CHUNK * megabytes) / 1e6 / ((performance.now() - started) / 1000));
      });
    });
    sent.on('error', reject);
    if (method === 'GET') sent.end();
    else Readable.from(Array.from({ length: megabytes }, () => chunk)).pipe(sent);
  });
}
