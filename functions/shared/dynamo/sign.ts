import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Headers that make a POST of JSON to `/` one of the key's owner. */
export type Sign = (target: string, body: string, now?: Date) => Readonly<Record<string, string>>;

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signature Version 4 for the one kind of request that DynamoDB's JSON protocol has: a tenth of the
 * SDK's signer, which takes any.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function makeSigner(region: string, host: string, key: SigningKey): Sign {
  const { sessionToken } = key;
  const names = [
    'content-type',
    'host',
    'x-amz-content-sha256',
    'x-amz-date',
    ...(sessionToken ? ['x-amz-security-token'] : []),
    'x-amz-target',
  ].join(';');
  let derived: { day: string; key: KeyObject } | undefined;
  const keyOf = (day: string): KeyObject => {
    if (derived?.day !== day) {
      const secret = Buffer.from(`AWS4${key.secretAccessKey}`);
      const parts = [day, region, 'dynamodb', 'aws4_request'];
      const last = parts.reduce<Buffer>((parent, part) => hmac(parent, part), secret);
      // As a buffer it would be made a key of in each use, which takes most of a signature's time.
      derived = { day, key: createSecretKey(last) };
    }
    return derived.key;
  };
  return (target, body, now = new Date()) => {
    const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
    const day = time.slice(0, 8);
    const scope = `${day}/${region}/dynamodb/aws4_request`;
    const digest = hash('sha256', body);
    const token = sessionToken ? `x-amz-security-token:${sessionToken}\n` : '';
    const canonical =
      `POST\n/\n\ncontent-type:${CONTENT_TYPE}\nhost:${host}\nx-amz-content-sha256:${digest}\n` +
      `x-amz-date:${time}\n${token}x-amz-target:${target}\n\n${names}\n${digest}`;
    const text = `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = createHmac('sha256', keyOf(day)).update(text).digest('hex');
    return {
      'content-type': CONTENT_TYPE,
      host,
      'x-amz-content-sha256': digest,
      'x-amz-date': time,
      ...(sessionToken && { 'x-amz-security-token': sessionToken }),
      'x-amz-target': target,
      authorization: `${ALGORITHM} Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  };
}

const CONTENT_TYPE = 'application/x-amz-json-1.0';

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
