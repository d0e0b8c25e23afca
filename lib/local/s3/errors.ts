import { AwsError } from '../shared/aws-error.ts';

/** The errors of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html that occur here. */
export const noSuchKey = () => new AwsError('NoSuchKey', 'The specified key does not exist.', 404);

export const noSuchBucket = () =>
  new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);

export const noSuchUpload = () =>
  new AwsError('NoSuchUpload', 'The specified multipart upload does not exist.', 404);

export const preconditionFailed = () =>
  new AwsError('PreconditionFailed', 'At least one of the pre-conditions did not hold', 412);

export const badDigest = (what: string) =>
  new AwsError('BadDigest', `The ${what} you specified did not match the calculated checksum.`);

export const invalidArgument = (message: string) => new AwsError('InvalidArgument', message);

export const invalidRequest = (message: string) => new AwsError('InvalidRequest', message);

export const malformedXml = (message: string) => new AwsError('MalformedXML', message);

export const accessDenied = (message: string) => new AwsError('AccessDenied', message, 403);

export const notImplemented = (what: string) =>
  new AwsError('NotImplemented', `${what} is not implemented`, 501);

const SQLITE_FULL = 13;

/** The error that a client gets: a full disk has an answer of its own, other unexpected errors are internal. */
export function asS3Error(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const { code, errcode } = error as NodeJS.ErrnoException & { errcode?: number };
  if (code === 'ENOSPC' || code === 'EDQUOT' || errcode === SQLITE_FULL) {
    return new AwsError('InsufficientStorage', 'The disk is full', 507);
  }
  console.error(error);
  return new AwsError('InternalError', 'We encountered an internal error.', 500);
}
