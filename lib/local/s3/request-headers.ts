import type { IncomingHttpHeaders } from 'node:http';
import { LOCAL_ACCOUNT } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import { accessDenied, notImplemented } from './errors.ts';

/**
 * What a request says in headers that begin with `x-amz-`, and that is read here, or of no effect in any
 * bucket that is kept here: who pays, and what lists say of archived objects.
 */
const TAKEN = new RegExp(
  `^x-amz-(${[
    'date|content-sha256|decoded-content-length|security-token|trailer|te|user-agent|api-version',
    'sdk-checksum-algorithm|sdk-request|sdk-invocation-id',
    'checksum-(algorithm|mode|type|crc32|crc32c|crc64nvme|sha1|sha256)',
    'copy-source(-range|-if-(match|none-match|modified-since|unmodified-since))?',
    'metadata-directive|tagging-directive|tagging|mp-object-size|meta-.+',
    'request-payer|optional-object-attributes',
  ].join('|')})$`,
);

/** The only value that is as objects are kept here; any other would be a promise that nobody keeps. */
const ONLY: Readonly<Record<string, string>> = {
  'x-amz-storage-class': 'STANDARD',
  'x-amz-server-side-encryption': 'AES256',
  'x-amz-object-ownership': 'BucketOwnerEnforced',
};

const OWNERS = ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner'];

/** Buckets here have one owner and no lists: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
const OWNERS_ACL = 'bucket-owner-full-control';

/** Throws for a header that S3 would act upon, and this host does not. */
export function checkRequestHeaders(headers: IncomingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-') || TAKEN.test(name)) continue;
    if (OWNERS.includes(name)) {
      if (value !== LOCAL_ACCOUNT) throw accessDenied('Access Denied');
    } else if (name === 'x-amz-acl' || name.startsWith('x-amz-grant-')) {
      if (value === OWNERS_ACL) continue;
      throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
    } else if (!Object.hasOwn(ONLY, name) || ONLY[name] !== value) {
      throw notImplemented(`Header ${name}: ${String(value)}`);
    }
  }
}
