import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DomainError, invalid } from '../../shared/errors.ts';
import type { LiveEntity } from '../endpoints/endpoint.ts';
import type { ReadFile } from './load-model.ts';

let client: S3Client | undefined;

const s3 = (): S3Client => {
  client ??= new S3Client({});
  return client;
};

/** Reads the files of an artefact's folder. */
export function artefactReader(location: LiveEntity['location']): ReadFile {
  const folder = location.key.replace(/\/$/, '');
  return (path, maxBytes) => readObject(location.bucket, `${folder}/${path}`, maxBytes);
}

/**
 * Throws INVALID_PARAMETER_VALUE for an object of more than `maxBytes`, before it is read, and
 * INTERNAL_ERROR for one that is not what was stored.
 */
export async function readObject(
  bucket: string,
  key: string,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer | undefined> {
  try {
    const output = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if ((output.ContentLength ?? 0) > maxBytes) {
      (output.Body as Readable | undefined)?.destroy();
      throw invalid(`${key} has more than ${Math.floor(maxBytes / 2 ** 20)} MiB`);
    }
    return Buffer.from((await output.Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    // The SDK compares what it read with the checksum that the object was stored with.
    if (!(error instanceof Error) || !error.message.startsWith('Checksum mismatch')) throw error;
    const message = `${key} is not what was stored: its checksum differs`;
    throw new DomainError('INTERNAL_ERROR', message, { cause: error });
  }
}

/** How compressed JSON is stored. */
export const GZIPPED_JSON = { ContentType: 'application/json', ContentEncoding: 'gzip' };

export async function writeObject(
  bucket: string,
  key: string,
  body: Buffer,
  headers: { readonly ContentType: string; readonly ContentEncoding?: string },
): Promise<void> {
  await s3().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...headers }));
}

export async function deleteObject(bucket: string, key: string): Promise<void> {
  await s3().send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}
