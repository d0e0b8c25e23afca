import { callAws } from '../shared/aws-call.ts';
import type { ArtifactLocation } from './artifact-location.ts';

const MAX_BYTES = 1_000_000;
const TIMEOUT_MS = 10_000;

/** As S3 reads a path: every byte but those that are never escaped. */
const escaped = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * A small file as text; undefined when there is none, or none that may be read. For functions that read one
 * such file now and then.
 */
export async function readSmallFile({
  bucket,
  key,
}: ArtifactLocation): Promise<string | undefined> {
  const path = [bucket, ...key.split('/')].map((name) => `/${escaped(name)}`).join('');
  const answer = await callAws({ service: 's3', method: 'GET', path, timeoutMs: TIMEOUT_MS });
  const length = Number(answer.headers.get('content-length') ?? 0);
  if (answer.ok && length <= MAX_BYTES) return answer.text();
  await answer.body?.cancel();
  return undefined;
}
