import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { artifactLocation } from '../artifacts/index.ts';

let client: S3Client | undefined;

const s3 = (): S3Client => {
  client ??= new S3Client({});
  return client;
};

export async function readFile(bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    const output = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await output.Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/** The files of a model's artefact. */
export interface ModelFiles {
  /** Sizes in bytes by path within the artefact. */
  readonly sizes: ReadonlyMap<string, number>;
  read(path: string): Promise<Buffer | undefined>;
}

/** Lists the artefact behind a version's source. */
export async function modelFiles(source: string): Promise<ModelFiles> {
  const { bucket, key } = await artifactLocation(source);
  const prefix = `${key.replace(/\/$/, '')}/`;
  const sizes = new Map<string, number>();
  let token: string | undefined;
  do {
    const page = await s3().send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    for (const object of page.Contents ?? []) {
      sizes.set((object.Key ?? '').slice(prefix.length), object.Size ?? 0);
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return { sizes, read: (path) => readFile(bucket, prefix + path) };
}
