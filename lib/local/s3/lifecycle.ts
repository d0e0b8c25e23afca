import type { BlobFiles } from './blob-files.ts';
import type { UploadIndex } from './upload-index.ts';

/** Uploads ended in one go, so that requests have their turn. */
const STEP = 100;

const DAY_MS = 24 * 3600 * 1000;

/** Uploads of keys with this prefix that are not completed within so many days are aborted. */
export interface LifecycleRule {
  readonly prefix: string;
  readonly days: number;
}

/** A rule of `LifecycleConfiguration`, as CloudFormation has it. */
export interface DeclaredRule {
  readonly Status: 'Enabled' | 'Disabled';
  readonly Prefix?: string;
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
}

export function lifecycleRules(declared: readonly DeclaredRule[]): LifecycleRule[] {
  return declared.flatMap(
    ({ Status, Prefix: prefix = '', AbortIncompleteMultipartUpload: abort }) =>
      Status === 'Enabled' && abort ? [{ prefix, days: abort.DaysAfterInitiation }] : [],
  );
}

/**
 * Aborts the uploads of a bucket that its rules give up.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
 */
export async function abortOldUploads(
  bucket: string,
  rules: readonly LifecycleRule[],
  { uploads, blobs }: { readonly uploads: UploadIndex; readonly blobs: BlobFiles },
  now: number,
): Promise<void> {
  for (const { prefix, days } of rules) {
    for (;;) {
      const old = uploads.begunBefore(bucket, prefix, now - days * DAY_MS, STEP);
      await blobs.discard(old.flatMap((upload) => uploads.abort(upload)));
      if (old.length < STEP) break;
    }
  }
}
