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
  /** The folder in S3, without a slash at its end. */
  readonly location?: { readonly bucket: string; readonly key: string };
  /** Sizes in bytes by path within the artefact. */
  readonly sizes: ReadonlyMap<string, number>;
  read(path: string): Promise<Buffer | undefined>;
}

/** The folder of the artefact behind a version's source. */
export async function modelLocation(source: string) {
  const { bucket, key } = await artifactLocation(source);
  return { bucket, key: key.replace(/\/$/, '') };
}

/** Lists the artefact behind a version's source. */
export async function modelFiles(source: string): Promise<ModelFiles> {
  const location = await modelLocation(source);
  const { bucket, key } = location;
  const prefix = `${key}/`;
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
  return { location, sizes, read: (path) => readFile(bucket, prefix + path) };
}
