import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { AwsError } from '../shared/aws-error.ts';
import { UploadDigests } from './checksums.ts';
import type { S3Context } from './context.ts';
import { invalidArgument, noSuchKey } from './errors.ts';
import { storeObject, withObject } from './operations/store-object.ts';

const PAGE = 1000;

function parseUri(uri: string): { bucket: string; key: string } {
  const found = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri);
  if (!found) throw new AwsError('InvalidURI', `${uri} is no S3 address`);
  return { bucket: found[1] ?? '', key: found[2] ?? '' };
}

/**
 * Copies an object, or all objects that start with the prefix, into a folder; names there are relative
 * to the prefix's last slash. Throws NoSuchKey when there is none.
 */
export async function download(uri: string, folder: string, context: S3Context): Promise<void> {
  const { bucket, key: prefix } = parseUri(uri);
  context.index.requireBucket(bucket);
  const base = prefix.lastIndexOf('/') + 1;
  let after = '';
  for (;;) {
    const rows = context.index.list(bucket, prefix, after, PAGE);
    if (rows.length === 0) break;
    for (const { key } of rows) {
      after = key;
      // Consoles make such objects to show a folder.
      if (key.endsWith('/')) continue;
      const target = targetPath(folder, key.slice(base));
      await mkdir(dirname(target), { recursive: true });
      await withObject(context, { bucket, key }, ({ blob }) =>
        copyFile(context.blobs.path(blob), target, constants.COPYFILE_FICLONE),
      );
    }
  }
  if (after === '') throw noSuchKey();
}

/** A key may hold `..`; a file must not leave its folder. */
function targetPath(folder: string, name: string): string {
  const target = join(folder, name);
  if (relative(folder, target).split(/[\\/]/).includes('..')) {
    throw invalidArgument(`${name} is no file name below a folder`);
  }
  return target;
}

/** Stores a file under `s3://bucket/key`. */
export async function upload(file: string, uri: string, context: S3Context): Promise<void> {
  const { bucket, key } = parseUri(uri);
  if (key === '') throw new AwsError('InvalidURI', `${uri} names no object`);
  context.index.requireBucket(bucket);
  const digests = new UploadDigests({});
  const source = createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  const { id, size } = await context.blobs.write(source, (chunk) => digests.update(chunk));
  const object = { bucket, key, blob: id, size, ...(await digests.finish()) };
  await storeObject({ ...object, headers: {}, tags: {}, reason: 'PutObject' }, context, () => {});
}
