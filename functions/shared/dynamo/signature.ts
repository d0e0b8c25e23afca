import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A POST to the root of a service; header names in lower case. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `YYYYMMDDTHHMMSSZ`, the value of `x-amz-date`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

const hmac = (secret: string | Buffer, text: string) =>
  createHmac('sha256', secret).update(text).digest();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let known: { readonly id: string; readonly key: Buffer } | undefined;

/** The key of a day: it is made of four hashes, and used for every request of that day. */
function signingKey(scope: string, secret: string): Buffer {
  const id = `${secret}/${scope}`;
  if (known?.id === id) return known.key;
  const key = scope
    .split('/')
    .reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${secret}`);
  known = { id, key: key as Buffer };
  return known.key;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function authorization(
  { headers, body, date, region, service }: SignedRequest,
  { accessKeyId, secretAccessKey }: Credentials,
): string {
  const names = Object.keys(headers).sort();
  const signed = names.join(';');
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = `POST\n/\n\n${lines}\n${signed}\n${sha256(body)}`;
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  const signature = hmac(signingKey(scope, secretAccessKey), text).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
}
