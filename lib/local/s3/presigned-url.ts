import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Sha256 } from '@aws-sdk/checksums/sha';
import { escapeUriPath } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsError } from '../shared/aws-error.ts';
import { accessDenied } from './errors.ts';

/** The key pair that functions on this machine sign with. */
export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Seconds; the longest life of an address. */
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600;

/** Of a request whose body is not known when it is signed. */
const BODY_HASH = 'x-amz-content-sha256';

/** Milliseconds by which clocks may differ. */
const CLOCK_SKEW_MS = 15 * 60_000;

/**
 * Checks an address that carries its signature in the query. Throws AccessDenied when it expired,
 * SignatureDoesNotMatch when anything was changed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export async function checkPresigned(
  request: IncomingMessage,
  credentials: LocalCredentials,
): Promise<void> {
  const [rawPath = '', rawQuery = ''] = (request.url ?? '').split('?', 2);
  const parameters = rawQuery.split('&').map((pair): [string, string] => {
    const [name = '', ...value] = pair.split('=');
    return [decodeURIComponent(name), decodeURIComponent(value.join('='))];
  });
  const query = new Map(parameters);
  const parameter = (name: string) => {
    const value = query.get(name);
    if (value !== undefined) return value;
    throw malformed(`${name} is missing`);
  };
  if (parameter('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') throw malformed('X-Amz-Algorithm');
  const [accessKeyId, ...scope] = parameter('X-Amz-Credential').split('/');
  if (accessKeyId !== credentials.accessKeyId) {
    throw new AwsError('InvalidAccessKeyId', 'The access key id you provided is unknown.', 403);
  }
  const [day = '', region = '', service = ''] = scope;
  const date = parameter('X-Amz-Date');
  if (!date.startsWith(day) || service !== 's3') throw malformed('X-Amz-Credential');
  const signingDate = toDate(date);
  const expiresIn = Number(parameter('X-Amz-Expires'));
  checkTime(signingDate, expiresIn);
  const signedHeaders = new Set(parameter('X-Amz-SignedHeaders').split(';'));
  checkSigned(request, signedHeaders);

  const expected = await new SignatureV4({
    credentials,
    region,
    service,
    sha256: Sha256,
    uriEscapePath: false,
  }).presign(
    {
      method: request.method ?? '',
      protocol: 'http:',
      hostname: '',
      path: escapeUriPath(decodeURIComponent(rawPath)),
      query: repeatable(parameters),
      headers: {
        [BODY_HASH]: query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
        ...headersOf(request, signedHeaders),
      },
    },
    {
      signingDate,
      expiresIn,
      signableHeaders: signedHeaders,
      // Neither signed nor moved into the address: it only says what hash to sign.
      unsignableHeaders: new Set([BODY_HASH]),
      unhoistableHeaders: new Set([BODY_HASH, ...signedHeaders]),
    },
  );
  if (!equal(String(expected.query?.['X-Amz-Signature']), parameter('X-Amz-Signature'))) {
    const message = 'The request signature we calculated does not match the one you provided.';
    throw new AwsError('SignatureDoesNotMatch', message, 403);
  }
}

/** Of two signatures in hex, in a time that says nothing of where they differ. */
function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Signers move `x-amz-` headers into the address; there they count as headers. */
export function liftHeaders(request: IncomingMessage, query: URLSearchParams): void {
  for (const [name, value] of query) {
    if (name.startsWith('x-amz-')) request.headers[name] ??= value;
  }
}

function toDate(date: string): Date {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) throw malformed('X-Amz-Date');
  return time;
}

function checkTime(start: Date, expires: number): void {
  if (!(expires >= 1 && expires <= MAX_EXPIRES_SECONDS)) throw malformed('X-Amz-Expires');
  if (Date.now() < start.getTime() - CLOCK_SKEW_MS) throw accessDenied('Request is not valid yet');
  if (Date.now() > start.getTime() + expires * 1000) throw accessDenied('Request has expired');
}

/** What S3 acts upon must not be added behind the signer's back. */
function checkSigned(request: IncomingMessage, signedHeaders: ReadonlySet<string>): void {
  const unsigned = Object.keys(request.headers).find(
    (name) => name.startsWith('x-amz-') && !signedHeaders.has(name),
  );
  if (unsigned !== undefined) throw accessDenied(`Header ${unsigned} was not signed`);
  if (!signedHeaders.has('host')) throw malformed('X-Amz-SignedHeaders');
}

const headersOf = ({ headers }: IncomingMessage, names: ReadonlySet<string>) =>
  Object.fromEntries(Array.from(names, (name) => [name, String(headers[name] ?? '').trim()]));

/** Values by their name, several where a name is there more than once. */
function repeatable(parameters: readonly (readonly [string, string])[]) {
  const values = new Map<string, string[]>();
  for (const [name, value] of parameters) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(values);
}

const malformed = (what: string) =>
  new AwsError('AuthorizationQueryParametersError', `Query parameters of the signature: ${what}`);
