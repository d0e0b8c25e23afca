import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../../shared/aws-error.ts';
import { announcedChecksum, base64Of, type Checksum, newDigest } from '../checksums.ts';
import type { S3Context } from '../context.ts';
import { badDigest, invalidRequest } from '../errors.ts';
import type { Part, Upload } from '../upload-index.ts';
import type { NewObject } from './store-object.ts';

/** Bytes; every part but the last has at least these. */
const MIN_PART = 5 * 1024 * 1024;

/** A part as the client names it at the end. */
export interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksum: string | undefined;
}

/**
 * Joins the named parts. Throws InvalidPart, InvalidPartOrder, EntityTooSmall, BadDigest.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function completedObject(
  upload: Upload,
  named: readonly NamedPart[],
  headers: IncomingHttpHeaders,
  { uploads, blobs }: S3Context,
): Promise<NewObject> {
  const bare = named.find(({ checksum }) => checksum === undefined);
  if (bare && upload.checksumType === 'COMPOSITE') {
    throw invalidRequest(
      `The upload was created using a ${upload.algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${bare.number} in the request.`,
    );
  }
  const parts = chosenParts(uploads.parts(upload.id), named);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const announcedSize = headers['x-amz-mp-object-size'];
  if (announcedSize !== undefined && Number(announcedSize) !== size) {
    throw invalidRequest(`The parts have ${size} bytes, not ${String(announcedSize)}`);
  }
  const { algorithm, checksumType } = upload;
  const digest = algorithm && checksumType === 'FULL_OBJECT' ? newDigest(algorithm) : undefined;
  const blob = await blobs.concatenate(
    parts.map((part) => part.blob),
    (chunk) => digest?.update(chunk),
  );
  const checksum: Checksum | undefined =
    algorithm && digest
      ? { algorithm, value: await base64Of(digest), type: 'FULL_OBJECT' }
      : await compositeChecksum(upload, parts);
  const announced = announcedChecksum(headers);
  if (announced?.value !== undefined && announced.value !== checksum?.value) {
    await blobs.discard([blob.id]);
    throw badDigest(announced.algorithm);
  }
  const etags = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex')));
  const { bucket, key, tags } = upload;
  return {
    bucket,
    key,
    tags,
    headers: upload.headers,
    blob: blob.id,
    size,
    etag: `${createHash('md5').update(etags).digest('hex')}-${parts.length}`,
    ...(checksum && { checksum }),
    reason: 'CompleteMultipartUpload',
  };
}

function chosenParts(stored: readonly Part[], named: readonly NamedPart[]): Part[] {
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  if (named.some(({ number }, i) => number <= (named[i - 1]?.number ?? 0))) {
    throw new AwsError('InvalidPartOrder', 'The parts must be in ascending order');
  }
  return named.map(({ number, etag, checksum }, i) => {
    const part = byNumber.get(number);
    if (!part || part.etag !== etag || (checksum && checksum !== part.checksum?.value)) {
      throw new AwsError('InvalidPart', `Part ${number} was not uploaded as named`);
    }
    if (i < named.length - 1 && part.size < MIN_PART) {
      throw new AwsError('EntityTooSmall', `Part ${number} is smaller than ${MIN_PART} bytes`);
    }
    return part;
  });
}

/** The checksum of the parts' checksums; none when a part came without. */
async function compositeChecksum(
  { algorithm }: Upload,
  parts: readonly Part[],
): Promise<Checksum | undefined> {
  if (!algorithm) return undefined;
  const digest = newDigest(algorithm);
  for (const { checksum } of parts) {
    if (checksum?.algorithm !== algorithm) return undefined;
    digest.update(Buffer.from(checksum.value, 'base64'));
  }
  const value = `${await base64Of(digest)}-${parts.length}`;
  return { algorithm, value, type: 'COMPOSITE' };
}
