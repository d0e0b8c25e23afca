import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { requiredEnv } from '../../shared/env.ts';

let client: S3Client | undefined;

const s3 = (): S3Client => {
  client ??= new S3Client({});
  return client;
};

/** More objects than these are not looked over. */
const MAX_OBJECTS = 10_000;

/** Key, entity tag and bytes of an object. */
type DataObject = readonly [key: string, etag: string, bytes: number];

/**
 * Every object of which a training job reads, by its address: `s3://<bucket>/<key or prefix>`. Undefined
 * where that cannot be told: another bucket than the platform's, or too many objects.
 */
export async function dataObjects(uri: string): Promise<DataObject[] | undefined> {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (bucket !== requiredEnv('ARTIFACTS_BUCKET')) return undefined;
  const found: DataObject[] = [];
  let token: string | undefined;
  do {
    const page = await s3().send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Key = '', ETag = '', Size = 0 } of page.Contents ?? []) {
      found.push([Key, ETag, Size]);
    }
    token = page.NextContinuationToken;
  } while (token !== undefined && found.length < MAX_OBJECTS);
  return token === undefined ? found : undefined;
}
