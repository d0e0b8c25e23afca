import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { LOCAL_REGION } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';

/** The signer's digest, from Node's own crypto. */
class Sha256 {
  private readonly hash;

  constructor(secret?: string | Uint8Array) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }

  update(data: string | Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {}
}

const presigner = new S3RequestPresigner({
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  region: LOCAL_REGION,
  sha256: Sha256 as never,
});

/** Parameters that the signer adds itself. */
const SIGNATURE_PARAMETERS =
  /^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Content-Sha256)$/;

/**
 * Checks a presigned request by signing it again. Throws AccessDenied when it is too old or was
 * changed. Requests with an Authorization header are not checked: the port is the machine's own.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export async function checkPresigned(request: IncomingMessage, url: URL): Promise<void> {
  const signature = url.searchParams.get('X-Amz-Signature');
  if (signature === null) return;
  const date = parseDate(url.searchParams.get('X-Amz-Date') ?? '');
  const expiresIn = Number(url.searchParams.get('X-Amz-Expires'));
  if (Date.now() > date.getTime() + expiresIn * 1000) {
    throw new AwsError('AccessDenied', 'Request has expired', 403);
  }
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (!SIGNATURE_PARAMETERS.test(name)) query[name] = value;
  }
  const headers: Record<string, string> = {};
  for (const name of (url.searchParams.get('X-Amz-SignedHeaders') ?? '').split(';')) {
    headers[name] = String(request.headers[name] ?? '');
  }
  const again = await presigner.presign(
    {
      method: request.method ?? 'GET',
      protocol: 'http:',
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query,
      headers,
    } as never,
    { expiresIn, signingDate: date, unhoistableHeaders: new Set(Object.keys(headers)) },
  );
  if (again.query?.['X-Amz-Signature'] !== signature) {
    const message =
      'The request signature we calculated does not match the signature you provided.';
    throw new AwsError('SignatureDoesNotMatch', message, 403);
  }
}

/** `20260101T120000Z`. */
function parseDate(text: string): Date {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) throw new AwsError('AccessDenied', 'Bad X-Amz-Date', 403);
  return date;
}
