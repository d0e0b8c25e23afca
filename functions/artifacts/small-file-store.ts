import { awsSigner } from '../shared/aws-signer.ts';
import { requiredEnv } from '../shared/env.ts';
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
 * A small file as text; undefined when there is none, or none that may be read. By S3's own protocol, for
 * functions that read one such file now and then: its client would be more than all the rest of them.
 */
export async function readSmallFile({
  bucket,
  key,
}: ArtifactLocation): Promise<string | undefined> {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  const path = [bucket, ...key.split('/')].map((name) => `/${escaped(name)}`).join('');
  const url = new URL(
    AWS_ENDPOINT_URL_S3 ??
      AWS_ENDPOINT_URL ??
      `https://s3.${requiredEnv('AWS_REGION')}.amazonaws.com`,
  );
  const { headers } = await awsSigner('s3', { uriEscapePath: false }).sign({
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    path,
    query: {},
    ...(url.port && { port: Number(url.port) }),
    headers: { host: url.host },
  });
  const answer = await fetch(`${url.origin}${path}`, {
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const length = Number(answer.headers.get('content-length') ?? 0);
  if (answer.ok && length <= MAX_BYTES) return answer.text();
  await answer.body?.cancel();
  return undefined;
}
