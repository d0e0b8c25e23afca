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
import { type Figure, single } from '../figures.ts';

const CHUNK = 1 << 20;
const MEGABYTES = 1024;

/** One object of 1 GB (or less), up and down over presigned addresses, as clients move artifacts. */
export async function benchObjects(
  host: Pick<TestHost, 'awsUrl'>,
  { megabytes = MEGABYTES, account = 'local' } = {},
): Promise<Figure[]> {
  const s3 = new S3Client({
    ...LOCAL_CLIENT,
    credentials: { accessKeyId: account, secretAccessKey: account },
    endpoint: host.awsUrl,
    forcePathStyle: true,
    // The address is signed before there is a body to sum up.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const Bucket = (await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name;
  const target = { Bucket, Key: 'bench/large' };
  const put = await getSignedUrl(s3, new PutObjectCommand(target));
  const get = await getSignedUrl(s3, new GetObjectCommand(target));
  s3.destroy();
  const up = await megabytesPerSecond(put, 'PUT', megabytes);
  const down = await megabytesPerSecond(get, 'GET', megabytes);
  return [
    single('S3, 1 GB up', 'MB/s', up, { limits: [{ of: 'value', atLeast: 150 }] }),
    single('S3, 1 GB down', 'MB/s', down, { limits: [{ of: 'value', atLeast: 400 }] }),
  ];
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
