import type { HttpResult } from '../shared/http/api.ts';
import type { ArtifactLocation } from './artifact-location.ts';
import { presignedDownload, readUpTo } from './artifact-store.ts';
import { contentType } from './content-type.ts';

/** Bytes that go through the function: its answer has at most 6 MB, in base64. */
const MAX_DIRECT = 4 * 1024 * 1024;

/**
 * A file as a download, which no browser renders, whatever it holds. A larger one is fetched from the
 * bucket itself: clients follow the redirection to an address that is valid for some minutes.
 */
export async function download(
  location: ArtifactLocation,
  type = contentType(nameOf(location)),
): Promise<HttpResult> {
  const content = await readUpTo(location, MAX_DIRECT);
  const headers = {
    'content-type': type,
    'content-disposition': disposition(nameOf(location)),
    'x-content-type-options': 'nosniff',
  };
  if (content) {
    return { statusCode: 200, headers, body: content.toString('base64'), isBase64Encoded: true };
  }
  const address = await presignedDownload(
    location,
    headers['content-type'],
    headers['content-disposition'],
  );
  return { statusCode: 307, headers: { location: address }, body: '' };
}

const nameOf = ({ key }: ArtifactLocation) => key.slice(key.lastIndexOf('/') + 1);

/** RFC 6266 as MLflow's server writes it: a token, a quoted text, or the encoded form beside its ASCII. */
export function disposition(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/[^ -~]/g, '');
  const value = TOKEN.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, '\\$&')}"`;
  if (plain === name) return `attachment; filename=${value}`;
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]|%(?:21|23|24|26|2B|5E|60|7C)/g,
    (one) =>
      one.length === 1
        ? `%${one.charCodeAt(0).toString(16).toUpperCase()}`
        : decodeURIComponent(one),
  );
  return `attachment; filename=${value}; filename*=UTF-8''${encoded}`;
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
