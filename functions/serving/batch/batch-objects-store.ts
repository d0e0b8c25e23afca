import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { AsyncBuffer } from 'hyparquet';
import { requiredEnv } from '../../shared/env.ts';

let client: S3Client | undefined;
const s3 = (): S3Client => {
  client ??= new S3Client({});
  return client;
};
const Bucket = () => requiredEnv('ARTIFACTS_BUCKET');

/** Keys of the objects at or below a key, in order. */
export async function listKeys(Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (let ContinuationToken: string | undefined; ; ) {
    const page = await s3().send(
      new ListObjectsV2Command({ Bucket: Bucket(), Prefix, ContinuationToken }),
    );
    for (const { Key } of page.Contents ?? []) if (Key) keys.push(Key);
    ContinuationToken = page.NextContinuationToken;
    if (!ContinuationToken) return keys.sort();
  }
}

/**
 * A file of which only the ranges that are asked for are read. They are all of one content: `slice` of
 * an object that was replaced throws PreconditionFailed.
 */
export async function openObject(Key: string): Promise<AsyncBuffer & { readonly etag: string }> {
  const { ContentLength = 0, ETag: etag = '' } = await s3().send(
    new HeadObjectCommand({ Bucket: Bucket(), Key }),
  );
  return {
    etag,
    byteLength: ContentLength,
    slice: async (start, end = ContentLength) => {
      const from = start < 0 ? ContentLength + start : start;
      const Range = `bytes=${from}-${end - 1}`;
      const { Body } = await s3().send(
        new GetObjectCommand({ Bucket: Bucket(), Key, Range, IfMatch: etag }),
      );
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      return new Uint8Array(bytes).buffer;
    },
  };
}

export async function putObject(Key: string, Body: Uint8Array): Promise<void> {
  await s3().send(new PutObjectCommand({ Bucket: Bucket(), Key, Body }));
}
