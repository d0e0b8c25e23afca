import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { LiveEntity } from '../endpoint.ts';
import type { ReadFile } from './load-model.ts';

let client: S3Client | undefined;

const s3 = (): S3Client => {
  client ??= new S3Client({});
  return client;
};

/** Reads the files of an artefact's folder. */
export function artefactReader(location: LiveEntity['location']): ReadFile {
  return (path) => readObject(location.bucket, `${location.key.replace(/\/$/, '')}/${path}`);
}

export async function readObject(bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    const output = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await output.Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

export async function writeObject(bucket: string, key: string, body: Buffer): Promise<void> {
  await s3().send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: 'application/json',
      ContentEncoding: 'gzip',
    }),
  );
}
