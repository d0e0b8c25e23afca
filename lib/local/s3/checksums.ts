import type { IncomingHttpHeaders } from 'node:http';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { Md5 } from '@aws-sdk/checksums/md5';
import { Sha1, Sha256 } from '@aws-sdk/checksums/sha';
import { badDigest, invalidRequest } from './errors.ts';

/** A running digest of bytes. */
interface Digest {
  update(chunk: Buffer): void;
  digest(): Promise<Uint8Array>;
}

const ALGORITHMS = {
  crc32: Crc32,
  crc32c: Crc32c,
  crc64nvme: Crc64Nvme,
  sha1: Sha1,
  sha256: Sha256,
} satisfies Record<string, new () => Digest>;

export type ChecksumAlgorithm = keyof typeof ALGORITHMS;

export const CHECKSUM_ALGORITHMS: readonly string[] = Object.keys(ALGORITHMS);

/** `COMPOSITE` is the checksum of the parts' checksums. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; a composite one ends in `-<number of parts>`. */
  readonly value: string;
  readonly type: ChecksumType;
}

const PREFIX = 'x-amz-checksum-';

/** Refuses an algorithm that S3 does not know. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const lower = name.toLowerCase();
  if (Object.hasOwn(ALGORITHMS, lower)) return lower as ChecksumAlgorithm;
  throw invalidRequest(`Checksum algorithm ${name} is unknown`);
}

export const newDigest = (algorithm: ChecksumAlgorithm): Digest => new ALGORITHMS[algorithm]();

export const base64Of = async (digest: Digest): Promise<string> =>
  Buffer.from(await digest.digest()).toString('base64');

export const checksumHeaders = (checksum: Checksum | undefined): Record<string, string> =>
  checksum
    ? { [PREFIX + checksum.algorithm]: checksum.value, [`${PREFIX}type`]: checksum.type }
    : {};

/** How answers in XML name a checksum. */
export const checksumElement = (checksum: Checksum | undefined): Record<string, string> =>
  checksum ? { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value } : {};

/** The checksum that a client announced in a header, or promised for the trailer (value undefined). */
export function announcedChecksum(headers: IncomingHttpHeaders) {
  const names = Object.keys(headers).filter(
    (name) => name.startsWith(PREFIX) && !/-(algorithm|type|mode)$/.test(name),
  );
  if (names.length > 1) throw invalidRequest('Expecting a single x-amz-checksum- header');
  const [name] = names;
  const trailer = String(headers['x-amz-trailer'] ?? '').trim();
  const header = name ?? (trailer.startsWith(PREFIX) ? trailer : undefined);
  if (header === undefined) return undefined;
  const algorithm = checksumAlgorithm(header.slice(PREFIX.length));
  return { algorithm, value: name === undefined ? undefined : String(headers[name]) };
}

/**
 * Digests of one upload: its MD5 (the ETag), the checksum that the client announced, and the SHA-256
 * that it signed.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export class UploadDigests {
  private readonly md5 = new Md5();
  private readonly expectedMd5: string | undefined;
  private readonly expectedSha256: string | undefined;
  private readonly sha256: Digest | undefined;
  private readonly algorithm: ChecksumAlgorithm | undefined;
  private readonly checksum: Digest | undefined;
  private readonly compares: boolean;
  private expected: string | undefined;

  /** An algorithm of one's own is for bytes that are here already, so that nobody announced anything. */
  constructor(headers: IncomingHttpHeaders, own?: ChecksumAlgorithm) {
    this.expectedMd5 = headers['content-md5'] as string | undefined;
    const signed = String(headers['x-amz-content-sha256'] ?? '');
    if (/^[0-9a-f]{64}$/.test(signed)) {
      this.expectedSha256 = signed;
      this.sha256 = new Sha256();
    }
    const announced = announcedChecksum(headers);
    this.algorithm = announced?.algorithm ?? own;
    this.checksum = this.algorithm && newDigest(this.algorithm);
    this.compares = announced !== undefined;
    this.expected = announced?.value;
  }

  update(chunk: Buffer): void {
    this.md5.update(chunk);
    this.sha256?.update(chunk);
    this.checksum?.update(chunk);
  }

  /** Takes the checksum that came behind the body. */
  trailer(name: string, value: string): void {
    if (name.toLowerCase() === `${PREFIX}${this.algorithm}`) this.expected = value;
  }

  /** Throws BadDigest when what came is not what was announced. */
  async finish(): Promise<{ etag: string; checksum?: Checksum }> {
    const md5 = Buffer.from(await this.md5.digest());
    if (this.expectedMd5 !== undefined && md5.toString('base64') !== this.expectedMd5) {
      throw badDigest('Content-MD5');
    }
    const sha256 = this.sha256 && Buffer.from(await this.sha256.digest()).toString('hex');
    if (sha256 !== this.expectedSha256) throw badDigest('x-amz-content-sha256');
    const etag = md5.toString('hex');
    if (!this.checksum || !this.algorithm) return { etag };
    const value = await base64Of(this.checksum);
    if (this.compares && this.expected !== value) throw badDigest(this.algorithm);
    return { etag, checksum: { algorithm: this.algorithm, value, type: 'FULL_OBJECT' } };
  }
}
