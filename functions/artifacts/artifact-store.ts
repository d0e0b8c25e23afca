import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { DomainError, notFound } from '../shared/errors.ts';
import { type ArtifactLocation, artifactLocation } from './artifact-location.ts';

/** Seconds for which a presigned address is valid. */
const PRESIGNED_SECONDS = 300;

let client: S3Client | undefined;
let presigner: S3Client | undefined;

/** Client of the store, made with the first request. */
export const s3 = (): S3Client => {
  client ??= new S3Client({});
  return client;
};

/** A client for addresses: the SDK would put the checksum of the body into them, which is not there yet. */
export const presigning = (): S3Client => {
  presigner ??= new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  return presigner;
};

interface FileInfo {
  /** Relative to the folder that was listed. */
  readonly path: string;
  readonly is_dir: boolean;
  /** Bytes; absent where there are none, as in MLflow's answers. */
  readonly file_size?: number;
}

const missingArtifact = (key: string) => notFound(`No artifact ${key.replace(/^[^/]+\//, '')}`);

/** An experiment or a version may name any bucket: that it cannot be read is no fault of the platform's. */
function refusal(error: unknown, { bucket, key }: ArtifactLocation): unknown {
  if (error instanceof NoSuchKey || error instanceof NotFound) return missingArtifact(key);
  if (!(error instanceof S3ServiceException)) return error;
  if (error.name === 'NoSuchBucket') return notFound(`No bucket ${bucket}`);
  if (error.name !== 'AccessDenied') return error;
  return new DomainError('PERMISSION_DENIED', `Bucket ${bucket} may not be read from here`);
}

/** Content of an artifact by its address. Throws RESOURCE_DOES_NOT_EXIST. */
export async function readArtifact(uri: string): Promise<Buffer> {
  const content = await readUpTo(await artifactLocation(uri), Number.POSITIVE_INFINITY);
  return content ?? Buffer.alloc(0);
}

/** Files and folders directly below an address. */
export async function listArtifacts(uri: string): Promise<FileInfo[]> {
  return listFolder(await artifactLocation(uri));
}

/** Content of a file; nothing if it has more bytes. Throws RESOURCE_DOES_NOT_EXIST and PERMISSION_DENIED. */
export async function readUpTo(
  location: ArtifactLocation,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const { bucket, key } = location;
  try {
    const output = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if ((output.ContentLength ?? 0) > maxBytes) {
      // What was not read of an answer ends in an error of its stream.
      if (output.Body instanceof Readable) output.Body.on('error', () => {}).destroy();
      return undefined;
    }
    return Buffer.from((await output.Body?.transformToByteArray()) ?? []);
  } catch (error) {
    throw refusal(error, location);
  }
}

/** An address from which anybody may download the file for some minutes, or for the seconds given. */
export async function presignedDownload(
  { bucket, key }: ArtifactLocation,
  contentType: string,
  contentDisposition: string,
  expiresIn = PRESIGNED_SECONDS,
): Promise<string> {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ResponseContentType: contentType,
    ResponseContentDisposition: contentDisposition,
  });
  return getSignedUrl(presigning(), command, { expiresIn });
}

/** Bytes of a file. Throws RESOURCE_DOES_NOT_EXIST. */
export async function fileSize(location: ArtifactLocation): Promise<number> {
  const { bucket, key } = location;
  try {
    const head = await s3().send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return head.ContentLength ?? 0;
  } catch (error) {
    throw refusal(error, location);
  }
}

/**
 * An address to which anybody may send the file once or more in the given seconds; with a length, only
 * so many bytes.
 */
export async function presignedUpload(
  { bucket, key }: ArtifactLocation,
  options: { readonly expiresIn: number; readonly length?: number },
): Promise<string> {
  const { expiresIn, length } = options;
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(length !== undefined && { ContentLength: length }),
  });
  return getSignedUrl(presigning(), command, {
    expiresIn,
    // The client's own type goes with the file.
    unsignableHeaders: new Set(['content-type']),
    ...(length !== undefined && { signableHeaders: new Set(['content-length']) }),
  });
}

export async function putFile(
  { bucket, key }: ArtifactLocation,
  body: Buffer,
  contentType: string | undefined,
): Promise<void> {
  await s3().send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ...(contentType && { ContentType: contentType }),
    }),
  );
}

/** Files and folders directly below a folder, by name. Throws as `readUpTo`. */
export async function listFolder(location: ArtifactLocation): Promise<FileInfo[]> {
  const { bucket, key } = location;
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const files: FileInfo[] = [];
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      Delimiter: '/',
      ContinuationToken: token,
    });
    const page = await s3()
      .send(command)
      .catch((error) => {
        throw refusal(error, location);
      });
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      files.push({ path: (Prefix ?? '').slice(prefix.length, -1), is_dir: true });
    }
    for (const { Key, Size } of page.Contents ?? []) {
      const path = (Key ?? '').slice(prefix.length);
      if (path) files.push({ path, is_dir: false, ...(Size && { file_size: Size }) });
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Deletes a file, or a folder with everything below it; what is not there is no error. */
export async function deleteTree({ bucket, key }: ArtifactLocation): Promise<void> {
  await s3().send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  for (;;) {
    const page = await s3().send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${key}/` }));
    const keys = (page.Contents ?? []).map(({ Key }) => ({ Key: Key ?? '' }));
    if (keys.length === 0) return;
    const { Errors: errors = [] } = await s3().send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys, Quiet: true } }),
    );
    if (errors[0]) throw new Error(`${errors[0].Key} was not deleted: ${errors[0].Message}`);
  }
}
