import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { notFound } from '../shared/errors.ts';
import { type ArtifactLocation, artifactLocation } from './artifact-location.ts';

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
  return getFile(await artifactLocation(uri));
}

export async function getFile({ bucket, key }: ArtifactLocation): Promise<Buffer> {
  try {
    const output = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await output.Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) throw notFound(`No artifact ${key.replace(/^[^/]+\//, '')}`);
    throw error;
  }
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

/** Files and folders directly below a folder. */
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

/** Deletes a file, or a folder with everything below it. */
export async function deleteTree({ bucket, key }: ArtifactLocation): Promise<void> {
  const inTree = (name: string) => name === key || name.startsWith(`${key}/`);
  for (;;) {
    const page = await s3().send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key }));
    const keys = (page.Contents ?? []).map(({ Key }) => Key ?? '').filter(inTree);
    if (keys.length === 0) return;
    await s3().send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
      }),
    );
  }
}
