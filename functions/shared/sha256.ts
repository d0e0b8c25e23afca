import {
  createHash,
  createHmac,
  createSecretKey,
  type Hash,
  type Hmac,
  type KeyObject,
} from 'node:crypto';

/** Prepared keys: to prepare one takes several times as long as to hash a request with it. */
const keys = new WeakMap<object, KeyObject>();

type Data = string | ArrayBuffer | ArrayBufferView;

/**
 * SHA-256 as the SDK's signer asks for it, with a secret as HMAC. The signer holds on to the bytes of a
 * key that it derived, for a day, and with them their preparation is kept.
 */
export class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: Data) {
    this.hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', prepared(secret));
  }

  update(data: Data): void {
    this.hash.update(typeof data === 'string' ? data : toBytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

function prepared(secret: Data): string | KeyObject {
  if (typeof secret === 'string') return secret;
  const key = keys.get(secret) ?? createSecretKey(toBytes(secret));
  keys.set(secret, key);
  return key;
}

const toBytes = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
