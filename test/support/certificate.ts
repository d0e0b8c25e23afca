import { generateKeyPairSync, sign } from 'node:crypto';

/** DER, as X.690 writes it: a tag, the length, the content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = [content.length];
  if (content.length > 127) {
    length.splice(0, 1, 0x82, content.length >> 8, content.length & 255);
  }
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const text = (value: string) => der(0x0c, Buffer.from(value));
const oid = (...bytes: readonly number[]) => der(0x06, Buffer.from(bytes));
const date = (value: string) => der(0x17, Buffer.from(value));
const pem = (label: string, content: Buffer) =>
  `-----BEGIN ${label}-----\n${content.toString('base64').replace(/(.{64})(?!$)/g, '$1\n')}\n-----END ${label}-----\n`;

const ED25519 = sequence(oid(0x2b, 0x65, 0x70));
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const ALTERNATIVE_NAMES = oid(0x55, 0x1d, 0x11);

/** A key and a certificate of its own for 127.0.0.1, RFC 5280: Node makes keys, and no certificates. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const name = sequence(der(0x31, sequence(COMMON_NAME, text('slipway test'))));
  const address = der(0x87, Buffer.from([127, 0, 0, 1]));
  const extensions = sequence(sequence(ALTERNATIVE_NAMES, der(0x04, sequence(address))));
  const version3 = der(0xa0, der(0x02, Buffer.from([2])));
  const toSign = sequence(
    ...[version3, der(0x02, Buffer.from([1])), ED25519, name],
    ...[sequence(date('200101000000Z'), date('491231235959Z')), name],
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = der(0x03, Buffer.from([0]), sign(null, toSign, privateKey));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem('CERTIFICATE', sequence(toSign, ED25519, signature)),
  };
}
