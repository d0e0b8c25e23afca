import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { crc32 } from 'node:zlib';
import { AwsError } from '../shared/aws-error.ts';
import { badDigest } from './s3-error.ts';

interface Digest {
  update(chunk: Buffer): void;
  /** Base64. */
  value(): string;
}

const hash = (name: string): Digest => {
  const state: Hash = createHash(name);
  return { update: (chunk) => void state.update(chunk), value: () => state.digest('base64') };
};

function crc(): Digest {
  let state = 0;
  return {
    update: (chunk) => {
      state = crc32(chunk, state);
    },
    value: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(state);
      return bytes.toString('base64');
    },
  };
}

const ALGORITHMS: Readonly<Record<string, () => Digest>> = {
  crc32: crc,
  sha1: () => hash('sha1'),
  sha256: () => hash('sha256'),
};

const PREFIX = 'x-amz-checksum-';

/**
 * Digests of one upload: its MD5 (the ETag) and the checksum that the client announced, in a header or
 * for the trailer.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export class UploadDigests {
  private readonly md5 = createHash('md5');
  private readonly expectedMd5: string | undefined;
  private readonly algorithm: string | undefined;
  private readonly checksum: Digest | undefined;
  private expected: string | undefined;

  constructor(headers: IncomingHttpHeaders) {
    const md5 = headers['content-md5'];
    this.expectedMd5 = typeof md5 === 'string' ? md5 : undefined;
    const header = Object.keys(headers).find(
      (name) =>
        name.startsWith(PREFIX) && name !== 'x-amz-checksum-type' && !name.endsWith('algorithm'),
    );
    const trailer = String(headers['x-amz-trailer'] ?? '');
    const named = (header ?? (trailer.startsWith(PREFIX) ? trailer : undefined))?.slice(
      PREFIX.length,
    );
    if (named === undefined) return;
    const make = ALGORITHMS[named];
    if (!make) throw new AwsError('NotImplemented', `Checksum ${named} is not supported here`, 501);
    this.algorithm = named;
    this.checksum = make();
    if (header) this.expected = String(headers[header]);
  }

  update(chunk: Buffer): void {
    this.md5.update(chunk);
    this.checksum?.update(chunk);
  }

  /** Takes the checksum that came behind the body. */
  trailer(name: string, value: string): void {
    if (name.toLowerCase() === `${PREFIX}${this.algorithm}`) this.expected = value;
  }

  /** Throws BadDigest when what came is not what was announced. */
  finish(): { etag: string; checksum?: { algorithm: string; value: string } } {
    const md5 = this.md5.digest();
    if (this.expectedMd5 !== undefined && md5.toString('base64') !== this.expectedMd5) {
      throw badDigest('Content-MD5');
    }
    const etag = md5.toString('hex');
    if (!this.checksum || !this.algorithm) return { etag };
    const value = this.checksum.value();
    if (this.expected !== undefined && this.expected !== value) throw badDigest(this.algorithm);
    return { etag, checksum: { algorithm: this.algorithm, value } };
  }
}

export const checksumHeader = (algorithm: string) => `${PREFIX}${algorithm}`;
