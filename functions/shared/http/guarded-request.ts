import { lookup as resolve } from 'node:dns';
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { invalid } from '../errors.ts';
import { isPublicAddress } from './public-address.ts';

/** Bytes of an answer that are kept. */
const MAX_ANSWER_BYTES = 256 * 1024;

interface GuardedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** False: certificates are not checked, for receivers that their owner says have none. */
  readonly verifyCertificate?: boolean;
  /** Default: what the installation says. */
  readonly allowPrivate?: boolean;
}

export interface GuardedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body, at most 256 KiB. */
  readonly body: string;
}

/** The address is not one that the platform calls. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** Whether this installation calls private addresses and plain http. */
const privateAddressesAllowed = () => process.env.ALLOW_PRIVATE_WEBHOOKS === 'true';

/** A URL that a user named; refused by INVALID_PARAMETER_VALUE when it can never be called. */
export function checkUrl(
  text: string,
  what: string,
  allowPrivate = privateAddressesAllowed(),
): URL {
  if (text.trim() === '') {
    throw invalid(`${what} URL cannot be empty or just whitespace: '${text}'`);
  }
  const url = URL.parse(text);
  const schemes = allowPrivate ? ['https:', 'http:'] : ['https:'];
  const scheme = url?.protocol ?? /^([a-z][a-z\d+.-]*:)?/i.exec(text)?.[0].toLowerCase() ?? '';
  if (!schemes.includes(scheme)) {
    const allowed = schemes.map((one) => one.slice(0, -1)).join(', ');
    throw invalid(
      `Invalid ${what.toLowerCase()} URL scheme: '${scheme.slice(0, -1)}'. Allowed schemes are: ${allowed}.`,
    );
  }
  // `URL` takes what follows three slashes for a host; whoever wrote the address meant a path.
  if (/^https?:(?!\/\/[^/?#])/i.test(text)) {
    throw invalid(`${what} URL must include a hostname: '${text}'`);
  }
  if (!url) throw invalid(`Invalid ${what.toLowerCase()} URL '${text}'`);
  const host = hostOf(url);
  if (!allowPrivate && (isIP(host) ? !isPublicAddress(host) : isLocalName(host))) {
    throw invalid(
      `${what} URL must not resolve to a non-public IP address. '${host}' resolves to ${isIP(host) ? host : 'this machine'}.`,
    );
  }
  return url;
}

const hostOf = (url: URL) => url.hostname.replace(/^\[|\]$/g, '');

const isLocalName = (host: string) => /(^|\.)localhost\.?$/i.test(host);

/**
 * POSTs to an address that a user named. Only public addresses are connected to, which is checked on
 * the very addresses that the connection is made with: a name that resolves otherwise a moment later
 * gains nothing. Redirects are answers like others. Throws `AddressRefused`, or the network's error.
 */
export function guardedPost(address: string, options: GuardedRequest): Promise<GuardedAnswer> {
  const { allowPrivate = privateAddressesAllowed() } = options;
  const url = checkUrl(address, 'webhook', allowPrivate);
  const settings: RequestOptions & { rejectUnauthorized?: boolean } = {
    method: 'POST',
    agent: false,
    headers: { ...options.headers, 'content-length': Buffer.byteLength(options.body) },
    signal: AbortSignal.timeout(options.timeoutMs),
    ...(options.verifyCertificate === false && { rejectUnauthorized: false }),
    ...(!allowPrivate && { lookup: publicLookup }),
  };
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((done, failed) => {
    const request = send(url, settings, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      const finish = () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES).toString('utf8'),
        });
      response.on('data', (part: Buffer) => {
        parts.push(part);
        size += part.length;
        if (size < MAX_ANSWER_BYTES) return;
        finish();
        request.destroy();
      });
      response.on('end', finish);
      response.on('error', failed);
    });
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        const { remoteAddress = '' } = socket;
        if (allowPrivate || isPublicAddress(remoteAddress)) return;
        request.destroy(new AddressRefused(`${remoteAddress} is not a public address`));
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const timedOut = error.name === 'AbortError' || error.name === 'TimeoutError';
      failed(timedOut ? new Error(`No answer within ${options.timeoutMs} ms`) : error);
    });
    request.end(options.body);
  });
}

/** Resolves a name to its public addresses only; a name that has private ones too is refused. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, '', 0);
    const refused = found.find(({ address }) => !isPublicAddress(address));
    const [first] = found;
    if (refused || !first) {
      const what = refused ? `resolves to ${refused.address}` : 'does not resolve';
      return callback(new AddressRefused(`${hostname} ${what}: not a public address`), '', 0);
    }
    if (options.all) callback(null, found);
    else callback(null, first.address, first.family);
  });
};
