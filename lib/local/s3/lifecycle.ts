import * as z from 'zod';
import { parseProperties } from '../shared/parse-input.ts';
import type { BlobFiles } from './blob-files.ts';
import type { S3Context } from './context.ts';
import type { UploadIndex } from './upload-index.ts';

/** Uploads ended in one go, so that requests have their turn. */
const STEP = 100;

const DAY_MS = 24 * 3600 * 1000;

/** The reason in the event of a deletion by a rule. */
const EXPIRATION = 'Lifecycle Expiration';

/** What is done with keys of this prefix after so many days. */
export interface LifecycleRule {
  readonly prefix: string;
  /** Uploads that are not completed are aborted, or objects are deleted, or what they were before is forgotten. */
  readonly what: 'uploads' | 'objects' | 'versions';
  readonly days: number;
}

const days = z.coerce.number().int().min(1);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html */
const declaredRules = z.array(
  z
    .object({
      Status: z.enum(['Enabled', 'Disabled']),
      Prefix: z.string().default(''),
      AbortIncompleteMultipartUpload: z.object({ DaysAfterInitiation: days }).optional(),
      ExpirationInDays: days.optional(),
      NoncurrentVersionExpiration: z.object({ NoncurrentDays: days }).optional(),
    })
    .refine(
      (rule) =>
        rule.AbortIncompleteMultipartUpload ??
        rule.ExpirationInDays ??
        rule.NoncurrentVersionExpiration,
      'a rule needs something to do',
    ),
);

/** The rules of a `LifecycleConfiguration`. Throws `UnsupportedError`. */
export function lifecycleRules(logicalId: string, declared: unknown): LifecycleRule[] {
  const rules = parseProperties(logicalId, z.object({ Rules: declaredRules }), { Rules: declared });
  return rules.Rules.flatMap(({ Status, Prefix: prefix, ...rule }) => {
    const after = {
      uploads: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
      objects: rule.ExpirationInDays,
      versions: rule.NoncurrentVersionExpiration?.NoncurrentDays,
    } as const;
    return (['uploads', 'objects', 'versions'] as const).flatMap((what) =>
      Status === 'Enabled' && after[what] !== undefined
        ? [{ prefix, what, days: after[what] }]
        : [],
    );
  });
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
  for (const { prefix, days, what } of rules) {
    if (what !== 'uploads') continue;
    for (;;) {
      const old = uploads.begunBefore(bucket, prefix, now - days * DAY_MS, STEP);
      await blobs.discard(old.flatMap((upload) => uploads.abort(upload)));
      if (old.length < STEP) break;
    }
  }
}

/** Deletes the objects of a bucket that its rules let expire. */
export async function deleteExpired(
  bucket: string,
  rules: readonly LifecycleRule[],
  { index, blobs, outbox, notifies }: Pick<S3Context, 'index' | 'blobs' | 'outbox' | 'notifies'>,
  now: number,
): Promise<void> {
  const reason = notifies(bucket) ? EXPIRATION : undefined;
  for (const { prefix, days, what } of rules) {
    if (what !== 'objects') continue;
    index.expireMarks(bucket, prefix, now - days * DAY_MS, reason);
    for (let after = ''; ; ) {
      const rows = index.list(bucket, prefix, after, STEP);
      const old = rows.filter(({ modified }) => modified < now - days * DAY_MS);
      for (const { key } of old) {
        await blobs.discard(index.remove(bucket, key, () => {}, reason).dropped);
      }
      outbox.flush();
      if (rows.length < STEP) break;
      after = rows.at(-1)?.key ?? '';
    }
  }
}

/** Forgets what objects of a bucket were before, once its rules let it. */
export async function forgetOldVersions(
  bucket: string,
  rules: readonly LifecycleRule[],
  { index, blobs, outbox, notifies }: Pick<S3Context, 'index' | 'blobs' | 'outbox' | 'notifies'>,
  now: number,
): Promise<void> {
  const reason = notifies(bucket) ? EXPIRATION : undefined;
  for (const { prefix, days, what } of rules) {
    if (what !== 'versions') continue;
    const before = now - days * DAY_MS;
    for (;;) {
      const { count, dropped } = index.expireVersions(bucket, prefix, before, STEP, reason);
      await blobs.discard(dropped);
      outbox.flush();
      if (count < STEP) break;
    }
  }
}
