import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { notFound } from '../shared/errors.ts';
import { type ArtifactLocation, artifactLocation } from './artifact-location.ts';

/** Seconds for which a presigned address is valid. */
const PRESIGNED_SECONDS = 300;

let client: S3Client | undefined;

const s3 = (): S3Client => {
  client ??= new S3Client({});
  return client;
};

export interface FileInfo {
  /** Relative to the folder that was listed. */
  readonly path: string;
  readonly is_dir: boolean;
  /** Bytes. */
  readonly file_size?: number;
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

/** Content of a file; nothing if it has more bytes. Throws RESOURCE_DOES_NOT_EXIST. */
export async function readUpTo(
  { bucket, key }: ArtifactLocation,
  maxBytes: number,
): Promise<Buffer | undefined> {
  try {
    const output = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if ((output.ContentLength ?? 0) > maxBytes) {
      // What was not read of an answer ends in an error of its stream.
      if (output.Body instanceof Readable) output.Body.on('error', () => {}).destroy();
      return undefined;
    }
    return Buffer.from((await output.Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) throw notFound(`No artifact ${key.replace(/^[^/]+\//, '')}`);
    throw error;
  }
}

/** An address from which anybody may download the file for some minutes. */
export async function presignedDownload(
  { bucket, key }: ArtifactLocation,
  contentType: string,
  contentDisposition: string,
): Promise<string> {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ResponseContentType: contentType,
    ResponseContentDisposition: contentDisposition,
  });
  return getSignedUrl(s3(), command, { expiresIn: PRESIGNED_SECONDS });
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

/** Files and folders directly below a folder, by name. */
export async function listFolder({ bucket, key }: ArtifactLocation): Promise<FileInfo[]> {
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const files: FileInfo[] = [];
  let token: string | undefined;
  do {
    const page = await s3().send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        Delimiter: '/',
        ContinuationToken: token,
      }),
    );
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      files.push({ path: (Prefix ?? '').slice(prefix.length, -1), is_dir: true });
    }
    for (const { Key, Size } of page.Contents ?? []) {
      const path = (Key ?? '').slice(prefix.length);
      if (path) files.push({ path, is_dir: false, file_size: Size ?? 0 });
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
