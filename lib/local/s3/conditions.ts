import type { IncomingHttpHeaders } from 'node:http';
import { noSuchKey, notImplemented, preconditionFailed } from './errors.ts';
import type { WriteCheck } from './object-index.ts';
import type { ObjectRow } from './object-row.ts';

/**
 * The check of a conditional write: `If-None-Match: *` wants nothing there, `If-Match` a certain ETag.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function writeCheck(headers: IncomingHttpHeaders): WriteCheck {
  const { 'if-none-match': none, 'if-match': match } = headers;
  if (none !== undefined && none !== '*') throw notImplemented('If-None-Match with an ETag');
  return (current) => {
    if (none === '*' && current) throw preconditionFailed();
    if (match === undefined) return;
    if (!current) throw noSuchKey();
    if (!names(match, current.etag)) throw preconditionFailed();
  };
}

/** The check of one object that is deleted among others: its `ETag` is what `If-Match` is elsewhere. */
export const deleteCheck = (etag: string | undefined): WriteCheck =>
  writeCheck(etag === undefined ? {} : { 'if-match': etag });

/**
 * Throws PreconditionFailed, or answers whether the reader has the object already. An ETag counts more
 * than a time (RFC 9110, section 13.2.2). `prefix` is that of a copy's source conditions.
 */
export function readCheck(
  headers: IncomingHttpHeaders,
  { etag, modified }: ObjectRow,
  prefix = '',
): 'changed' | 'unchanged' {
  const header = (name: string) => headers[prefix + name] as string | undefined;
  const match = header('if-match');
  const none = header('if-none-match');
  const since = time(header('if-modified-since'));
  const until = time(header('if-unmodified-since'));
  // HTTP dates have no milliseconds.
  const seconds = Math.floor(modified / 1000);
  if (match !== undefined ? !names(match, etag) : until !== undefined && seconds > until) {
    throw preconditionFailed();
  }
  const unchanged =
    none !== undefined ? names(none, etag) : since !== undefined && seconds <= since;
  return unchanged ? 'unchanged' : 'changed';
}

const names = (list: string, etag: string) =>
  list.split(',').some((one) => {
    const bare = one.trim().replaceAll('"', '');
    return bare === '*' || bare === etag;
  });

/** Epoch seconds; a date that cannot be read is no condition (RFC 9110, section 13.1.3). */
function time(text: string | undefined): number | undefined {
  const value = Date.parse(text ?? '') / 1000;
  return Number.isNaN(value) ? undefined : value;
}
