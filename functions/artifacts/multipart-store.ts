import { posix } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { DomainError, invalid, notFound } from '../shared/errors.ts';
import type { ArtifactLocation } from './artifact-location.ts';
import { presigning, s3 } from './artifact-store.ts';
import { contentType } from './content-type.ts';

/** Seconds in which all parts must have been sent: 40 GB at 100 Mbit/s. */
const PART_SECONDS = 3600;

/** An uploaded part, as the client reports it. */
interface UploadedPart {
  readonly part_number: number;
  readonly etag: string;
}

/** A part's address: valid for an hour, without further credentials. */
interface PartCredential {
  readonly url: string;
  readonly part_number: number;
}

/** Starts an upload in parts. Nothing is visible under the key until it is completed. */
export async function createUpload(
  { bucket, key }: ArtifactLocation,
  parts: number,
): Promise<{ upload_id: string; credentials: PartCredential[] }> {
  const type = contentType(posix.basename(key));
  const { UploadId: upload_id = '' } = await s3().send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType: type }),
  );
  const credentials = await Promise.all(
    Array.from({ length: parts }, async (_, i) => {
      const command = new UploadPartCommand({
        Bucket: bucket,
        Key: key,
        UploadId: upload_id,
        PartNumber: i + 1,
      });
      const url = await getSignedUrl(presigning(), command, { expiresIn: PART_SECONDS });
      return { url, part_number: i + 1 };
    }),
  );
  return { upload_id, credentials };
}

/** Makes the parts one file. Throws INVALID_PARAMETER_VALUE when a part is missing or another one. */
export async function completeUpload(
  { bucket, key }: ArtifactLocation,
  uploadId: string,
  parts: readonly UploadedPart[],
): Promise<void> {
  const ordered = [...parts].sort((a, b) => a.part_number - b.part_number);
  await refusingWhatIsNotThere(() =>
    s3().send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: {
          Parts: ordered.map(({ part_number, etag }) => ({ PartNumber: part_number, ETag: etag })),
        },
      }),
    ),
  );
}

/** Forgets an upload and the parts that came. */
export async function abortUpload(
  { bucket, key }: ArtifactLocation,
  uploadId: string,
): Promise<void> {
  await refusingWhatIsNotThere(() =>
    s3().send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId })),
  );
}

const CLIENT_ERRORS = new Set(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall']);

async function refusingWhatIsNotThere(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (error instanceof DomainError || !(error instanceof Error)) throw error;
    if (error.name === 'NoSuchUpload') throw notFound('There is no such multipart upload');
    if (CLIENT_ERRORS.has(error.name)) throw invalid(`${error.name}: ${error.message}`);
    throw error;
  }
}
