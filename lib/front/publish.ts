import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { webFiles, webHeaders } from './web-files.ts';

interface Published {
  readonly stored: number;
  readonly kept: number;
  readonly removed: number;
}

/**
 * Makes the bucket hold the files of a web build: what changed is stored, the page last, so that it never
 * names what is not there; then what the build no longer has is removed.
 */
export async function publish(
  client: S3Client,
  bucket: string,
  folder: string,
): Promise<Published> {
  const there = await digests(client, bucket);
  let stored = 0;
  let kept = 0;
  for (const { key, path } of webFiles(folder)) {
    const body = readFileSync(path);
    const same = there.get(key) === createHash('md5').update(body).digest('hex');
    there.delete(key);
    if (same) {
      kept++;
      continue;
    }
    const headers = webHeaders(path);
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: headers['content-type'],
        CacheControl: headers['cache-control'],
      }),
    );
    stored++;
  }
  for (const key of there.keys()) {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }
  return { stored, kept, removed: there.size };
}

/** What a bucket holds: keys with the MD5 of the content, which is the ETag of such objects. */
async function digests(client: S3Client, bucket: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }),
    );
    for (const { Key, ETag } of page.Contents ?? []) {
      found.set(Key ?? '', (ETag ?? '').replaceAll('"', ''));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return found;
}
