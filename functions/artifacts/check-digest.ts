import { createHash } from 'node:crypto';
import { invalid } from '../shared/errors.ts';
import type { HttpRequest } from '../shared/http/api.ts';

/** Refuses a file that is not what its client sent, by the digest in `Content-MD5` (RFC 1864), if there is one. */
export function checkDigest({ headers, body }: HttpRequest): void {
  const announced = headers['content-md5'];
  if (announced === undefined) return;
  if (createHash('md5').update(body).digest('base64') === announced.trim()) return;
  throw invalid('The file does not have the digest that Content-MD5 announces');
}
