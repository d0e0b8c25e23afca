import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AwsError } from '../shared/aws-error.ts';
import { accessDenied } from './errors.ts';

/** The key pair that functions on this machine sign with. */
export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Seconds; the longest life of an address. */
const MAX_EXPIRES = 7 * 24 * 3600;

/** Milliseconds by which clocks may differ. */
const CLOCK_SKEW_MS = 15 * 60_000;

/**
 * Checks an address that carries its signature in the query. Throws AccessDenied when it expired,
 * SignatureDoesNotMatch when anything was changed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function checkPresigned(request: IncomingMessage, credentials: LocalCredentials): void {
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
  checkTime(date, Number(parameter('X-Amz-Expires')));

  const signedHeaders = parameter('X-Amz-SignedHeaders').split(';');
  checkSigned(request, signedHeaders);
  const canonicalRequest = [
    request.method,
    encode(decodeURIComponent(rawPath)).replaceAll('%2F', '/'),
    canonicalQuery(parameters),
    ...signedHeaders.map((name) => `${name}:${headerValue(request, name)}`),
    '',
    signedHeaders.join(';'),
    query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
  ].join('\n');
  const hash = createHash('sha256').update(canonicalRequest).digest('hex');
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), hash].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce(
    (secret: Buffer, part) => hmac(secret, part),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  const expected = hmac(key, toSign);
  const given = Buffer.from(parameter('X-Amz-Signature'), 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    const message = 'The request signature we calculated does not match the one you provided.';
    throw new AwsError('SignatureDoesNotMatch', message, 403);
  }
}

/** Signers move `x-amz-` headers into the address; there they count as headers. */
export function liftHeaders(request: IncomingMessage, query: URLSearchParams): void {
  for (const [name, value] of query) {
    if (name.startsWith('x-amz-')) request.headers[name] ??= value;
  }
}

function checkTime(date: string, expires: number): void {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const start = Date.parse(iso);
  if (Number.isNaN(start)) throw malformed('X-Amz-Date');
  if (!(expires >= 1 && expires <= MAX_EXPIRES)) throw malformed('X-Amz-Expires');
  if (Date.now() < start - CLOCK_SKEW_MS) throw accessDenied('Request is not valid yet');
  if (Date.now() > start + expires * 1000) throw accessDenied('Request has expired');
}

/** What S3 acts upon must not be added behind the signer's back. */
function checkSigned(request: IncomingMessage, signedHeaders: readonly string[]): void {
  const unsigned = Object.keys(request.headers).find(
    (name) => name.startsWith('x-amz-') && !signedHeaders.includes(name),
  );
  if (unsigned !== undefined) throw accessDenied(`Header ${unsigned} was not signed`);
  if (!signedHeaders.includes('host')) throw malformed('X-Amz-SignedHeaders');
}

const canonicalQuery = (parameters: readonly (readonly [string, string])[]) =>
  parameters
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');

const headerValue = (request: IncomingMessage, name: string) =>
  String(request.headers[name] ?? '')
    .trim()
    .replaceAll(/ +/g, ' ');

/** SigV4 leaves fewer characters as they are than `encodeURIComponent`. */
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const malformed = (what: string) =>
  new AwsError('AuthorizationQueryParametersError', `Query parameters of the signature: ${what}`);
